"""Everything else, through apprise (extra `apprise`), which says whether a message was taken, but not why it was not."""

from config.errors import NotifyError
from config.schema import Channel
from pipeline.notify import Message
from pipeline.notify.deadline import within


class Others:
    """One apprise URL."""

    def __init__(self, channel: Channel) -> None:
        self._url = channel.url
        self._name = channel.name
        self._timeout = channel.timeout.total_seconds()

    def send(self, message: Message) -> None:
        """Send one message as plain text; raises NotifyError where apprise is not installed, knows no such URL, or could not send."""
        within(self._timeout, lambda: self._sent(message), where=self._name)

    def _sent(self, message: Message) -> None:
        try:
            import apprise
        except ImportError:
            raise NotifyError("apprise is not installed: pip install 'shian[apprise]'", retry=False) from None
        known = apprise.Apprise()
        if not known.add(self._url):
            raise NotifyError(f"{self._name}: apprise knows no such URL", retry=False)
        text = "\n".join(line for line in (message.text, message.link, f"编号 {message.id}") if line)
        if not known.notify(title=message.headline, body=text, body_format=apprise.NotifyFormat.TEXT):
            raise NotifyError(f"{self._name}: apprise could not send it", retry=True)
