"""SMS through a described gateway that can be asked whether it has a message (`[find]`)."""

from collections.abc import Mapping

from channels.gateway import Find, Gateway
from channels.gateway_find import Search, span
from channels.options import ChannelSpec, Context
from channels.sms_http import SmsHttp, SmsOptions
from channels.sms_text import written
from channels.values import Found, Message
from channels.wire import Answer, NoAnswer


class SmsHttpFinds(SmsHttp):
    """`SmsHttp` that reconciles."""

    def __init__(
        self,
        spec: ChannelSpec,
        options: SmsOptions,
        gateway: Gateway,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        super().__init__(spec, options, gateway, secrets, context)
        assert gateway.find is not None  # noqa: S101 - build.py looks
        self._how: Find = gateway.find

    def find(self, message: Message) -> Found:
        """`Absent` only when everything of the time in question was listed and this was not."""
        search = Search(self.gateway, self._how, self.codes)
        return search.find(message.key, lambda page: self._listed(message, page))

    def _listed(self, message: Message, page: int) -> Answer | NoAnswer:
        number = written(message.target, self.gateway.phone) or ""
        values = self._values(message, number, 0) | self._of_account(self.account(message.target))
        values |= span(self._how, message, self._clock.now(), page)
        deadline = self._clock.elapsed() + self.timeout
        return self._ask(self._how, values, deadline=deadline, idempotent=True)
