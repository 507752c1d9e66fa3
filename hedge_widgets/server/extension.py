"""The extension of a Jupyter server: what `/voila/render/` on Binder and the notebooks in JupyterLab gain from it."""

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.config import Config

from hedge_widgets.server.kernels import PromptSocket
from hedge_widgets.server.scripts import script_rules, template_resources


def load(server: ServerApp) -> None:
    """Serve the packed scripts, tell the page template where, and send small frames at once.

    Extensions load in the order of their names: this one comes before ``voila``, which reads the configuration that
    is set here. A websocket class that somebody chose stays.
    """
    settings = server.web_app.settings
    server.web_app.add_handlers(".*$", script_rules(settings["base_url"]))  # type: ignore[no-untyped-call]
    resources = template_resources(settings["base_url"])
    server.update_config(Config({"VoilaConfiguration": {"resources": resources}}))
    if settings.get("kernel_websocket_connection_class") is ZMQChannelsWebsocketConnection:
        settings["kernel_websocket_connection_class"] = PromptSocket
