"""Delivery status notifications (RFC 3464), as mail servers write them."""

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from app.delivery.mail.letter import as_bytes


def a_dsn(
    returned: EmailMessage,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    final: str | None = None,
    original: str | None = None,
    headers_only: bool = False,
) -> bytes:
    """Return what a server writes that could not deliver `returned`; by default to the address in its To."""
    final = final or returned["To"].addresses[0].addr_spec
    notification = MIMEMultipart("report")
    notification.set_param("report-type", "delivery-status")
    notification["From"] = "MAILER-DAEMON@relay.example"
    notification["To"] = "debrief@debrief.example"
    notification["Subject"] = "Undelivered Mail Returned to Sender"
    notification.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    whole, recipient = Message(), Message()
    whole["Reporting-MTA"] = "dns; relay.example"
    if original:
        recipient["Original-Recipient"] = f"rfc822;{original}"
    recipient["Final-Recipient"] = f"rfc822; {final}"
    recipient["Action"] = action
    recipient["Status"] = status
    report = MIMEBase("message", "delivery-status")
    report.set_payload([whole, recipient])
    notification.attach(report)
    raw = as_bytes(returned).replace(b"\r\n", b"\n")
    if headers_only:
        part = MIMEBase("text", "rfc822-headers")
        part.set_payload(raw.partition(b"\n\n")[0].decode())
        notification.attach(part)
    else:
        notification.attach(MIMEMessage(message_from_bytes(raw)))
    return notification.as_bytes()
