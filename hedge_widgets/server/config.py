"""What the standalone app sets of Voila, Jupyter and the page's security."""

from pathlib import Path

from traitlets.config import Config

from hedge_widgets.server import forked
from hedge_widgets.server.kernels import CappedGrace, PromptSocket
from hedge_widgets.server.scripts import EXTENSIONS

# Voila's and plotly's scripts need 'unsafe-eval'; nothing of the page comes from another host.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors "  # and who may show the page in a frame
)


WARM_FIRST = 2  # kernels of the first page that wait for visitors


def app_config(host: str, notebooks: Path, first_page: str, open_browser: bool, folder: Path, warm: int = 0) -> Config:
    """Return the configuration of the public page, whose kernels put their files into ``folder``.

    ``warm`` kernels of every page wait for visitors, and at least ``WARM_FIRST`` of the first page.
    """
    return Config(
        Voila={
            "ip": host,
            "open_browser": open_browser,
            "root_dir": str(notebooks),
            "connection_dir_root": str(folder),
            "log_level": "ERROR",
            "kernel_websocket_connection_class": PromptSocket,
            "config_file_paths": [],
        },
        VoilaConfiguration={
            "template": "hedge_widgets",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "file_allowlist": [],
            "extension_allowlist": list(EXTENSIONS),
            "preheat_kernel": True,
            "multi_kernel_manager_class": CappedGrace,
            "show_tracebacks": False,
            "strip_sources": True,
        },
        PromptSocket={"takes_code": False},
        # Unless asked, only the first page is kept warm: a warm kernel takes memory whether somebody comes or not. The
        # pool is filled again after a pause, because the page of the visitor who took one needs the processor first.
        VoilaKernelManager={
            "kernel_pools_config": {
                "default": {"pool_size": warm},
                first_page: {"pool_size": max(WARM_FIRST, warm)},
            },
            "fill_delay": 3.0,
        },
        KernelProvisionerFactory={"default_provisioner_name": forked.NAME},
        VoilaExecutor={
            "timeout": 60,
            "interrupt_on_timeout": True,
            "cell_error_instruction": "Please reload the page.",
            "cell_timeout_instruction": "Please reload the page.",
        },
        MappingKernelManager={
            "cull_idle_timeout": 900,
            "cull_interval": 60,
            "cull_connected": True,
            "buffer_offline_messages": False,
        },
    )
