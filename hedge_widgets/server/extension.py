"""The extension of a Jupyter server: what `/voila/render/` on Binder and the notebooks in JupyterLab gain from it."""

import sys
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import IOLoop
from traitlets.config import Config

from hedge_widgets.server.kernels import PromptSocket
from hedge_widgets.server.scripts import script_rules, template_resources


def load(server: ServerApp) -> None:
    """Serve the packed scripts, tell the page template where, send small frames at once, let a page free its kernel.

    Extensions load in the order of their names: this one comes before ``voila``, which reads the configuration that
    is set here. A websocket class that somebody chose stays.
    """
    settings = server.web_app.settings
    server.web_app.add_handlers(".*$", script_rules(settings["base_url"]))  # type: ignore[no-untyped-call]
    resources = template_resources(settings["base_url"])
    voila = {"resources": resources, "page_config_hook": with_own_formulas}
    server.update_config(Config({"VoilaConfiguration": {**voila, **server.config.get("VoilaConfiguration", {})}}))
    if settings.get("kernel_websocket_connection_class") is ZMQChannelsWebsocketConnection:
        settings["kernel_websocket_connection_class"] = PromptSocket
    IOLoop.current().add_callback(replace_page, server.web_app)  # when voila has put its rules there, if it does


def with_own_formulas(page_config: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """Return what a page's script is told, but with the MathJax that it carries and not another host's."""
    return {**page_config, "fullMathjaxUrl": None, "mathjaxConfig": None}


def replace_page(web_app: Any) -> None:
    """Let Voila's pages be ours, which can give their kernels back.

    Voila's own never set the cookie without which the server refuses to shut a kernel down, so that every page that
    is opened and left would keep 100 MB until the culler comes, and Binder and most hubs have none.
    """
    voila = sys.modules.get("voila.tornado.handler")
    if voila is None:
        return
    from hedge_widgets.server.page import Page

    for host in web_app.default_router.rules:
        for rule in getattr(host.target, "rules", ()):
            if rule.target is voila.TornadoVoilaHandler:
                rule.target = rule.handler_class = Page
