// An SMPP server on the package `smpp`: what our client says, as somebody else reads it.
//   node smsc.js [KEY.pem CERT.pem]
// First line on stdout: the port. Then a JSON line for everything that comes in. Numbers order:
// …8 is refused (0x0B), …7 throttled once (0x58), …6 taken and the connection cut unanswered,
// …9 is not delivered. Receipts are sent and counted; a client that asks is asked back.
const smpp = require('smpp')
const fs = require('fs')

const [key, cert] = process.argv.slice(2)
const options = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {}
const throttled = new Set()
let number = 0

const tell = (what, more) => process.stdout.write(JSON.stringify({ what, ...more }) + '\n')
const text = (message) => (Buffer.isBuffer(message) ? message.toString('latin1') : message)

function receipt (session, pdu, id) {
  const arrived = !pdu.destination_addr.endsWith('9')
  session.deliver_sm({
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:00${arrived ? 1 : 0} submit date:2611240800 ` +
      `done date:2611240801 stat:${arrived ? 'DELIVRD' : 'UNDELIV'} err:00${arrived ? 0 : 1} text:`,
    receipted_message_id: id,
    message_state: arrived ? 2 : 5,
    user_message_reference: pdu.user_message_reference
  }, (answer) => tell('confirmed', { id, status: answer.command_status }))
}

function submit (session, pdu) {
  const to = pdu.destination_addr
  if (to.endsWith('8')) return session.send(pdu.response({ command_status: 0x0B }))
  if (to.endsWith('7') && !throttled.has(to)) {
    throttled.add(to)
    return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }))
  }
  const id = (0xabc0 + ++number).toString(16)
  const whole = pdu.message_payload || pdu.short_message
  tell('submit', {
    id,
    sequence: pdu.sequence_number,
    from: pdu.source_addr,
    fromTon: pdu.source_addr_ton,
    to,
    coding: pdu.data_coding,
    esm: pdu.esm_class,
    validity: pdu.validity_period,
    text: text(whole.message),
    udh: (whole.udh || []).map((one) => one.toString('hex')),
    payload: Boolean(pdu.message_payload),
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
    reference: pdu.user_message_reference
  })
  if (to.endsWith('6')) return session.destroy()
  session.send(pdu.response({ message_id: id }))
  if (pdu.registered_delivery) receipt(session, pdu, id)
}

const server = smpp.createServer(options, (session) => {
  session.on('error', () => {})
  for (const kind of ['transceiver', 'transmitter', 'receiver']) {
    session.on('bind_' + kind, (pdu) => {
      const right = pdu.password === 'mat-khau'
      tell('bind', { kind, systemId: pdu.system_id, version: pdu.interface_version, right })
      session.send(pdu.response({
        system_id: 'NODE', command_status: right ? 0 : smpp.ESME_RINVPASWD
      }))
      if (right) session.enquire_link({}, () => tell('pong', {}))
    })
  }
  session.on('submit_sm', (pdu) => submit(session, pdu))
  session.on('enquire_link', (pdu) => { tell('ping', {}); session.send(pdu.response()) })
  session.on('unbind', (pdu) => {
    tell('unbind', {})
    session.send(pdu.response())
    session.close()
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'))
process.stdin.resume().on('end', () => process.exit(0)) // it ends with the test, however that ends
