"""Domains of public mail providers, at which an address proves no employer."""

_MAILBOXES = """
10minutemail.com 126.com 139.com 163.com 189.cn 1und1.de 21cn.com abv.bg addy.io aim.com alice.it aliyun.com
anonaddy.com anonaddy.me aol.com aon.at arcor.de aruba.it att.net au.com azet.sk bbox.fr bell.net bellsouth.net
bigpond.com bk.ru bluewin.ch blueyonder.co.uk bol.com.br bredband.net btinternet.com casema.nl centrum.cz centrum.sk
centurylink.net charter.net chello.at citromail.hu comcast.net comhem.se countermail.com cox.net ctemplar.com daum.net
dispostable.com disroot.org docomo.ne.jp duck.com earthlink.net elisanet.fi email.com email.cz email.de ezweb.ne.jp
fastmail.com fastmail.fm fastwebnet.it foxmail.com free.fr freemail.hu freenet.de frontier.com gazeta.pl getnada.com
globo.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net gmx.us googlemail.com guerrillamail.com hanmail.net
hetnet.nl hey.com hispeed.ch home.nl hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it
hushmail.com i.ua icloud.com ig.com.br iinet.net.au inbox.com inbox.ru indiatimes.com interia.pl internet.ru iol.pt
juno.com kakao.com keemail.me kolumbus.fi kpnmail.nl laposte.net libero.it list.ru live.ca live.co.uk live.com
live.com.au live.de live.fr live.it live.nl live.se luukku.com mac.com mail.bg mail.com mail.de mail.dk mail.ru
mailbox.org maildrop.cc mailfence.com mailinator.com me.com meta.ua mohmal.com movistar.es mozmail.com msn.com
mweb.co.za nate.com naver.com netzero.net neuf.fr ntlworld.com numericable.fr o2.pl onet.pl online.no op.pl
optonline.net optusnet.com.au orange.fr outlook.com outlook.com.br outlook.de outlook.es outlook.fr outlook.it
passport.com pec.it planet.nl pm.me post.com post.cz posteo.de posteo.net privaterelay.appleid.com proton.me
protonmail.ch protonmail.com proximus.be qq.com rambler.ru rediffmail.com relay.firefox.com riseup.net roadrunner.com
rocketmail.com rogers.com rr.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr sharklasers.com shaw.ca sify.com
simplelogin.com simplelogin.io sina.cn sina.com sky.com skynet.be softbank.ne.jp sohu.com spray.se startmail.com
stofanet.dk sunrise.ch sympatico.ca t-online.de talktalk.net telefonica.net telenet.be telia.com telkomsa.net
telus.net temp-mail.org tempmail.com terra.com.br terra.es tin.it tiscali.co.uk tiscali.it tlen.pl tom.com
trashmail.com tuta.com tuta.io tutamail.com tutanota.com tutanota.de ukr.net uol.com.br usa.com verizon.net
videotron.ca virgilio.it virginmedia.com vodafone.de volny.cz vp.pl walla.co.il wanadoo.fr web.de windstream.net wp.pl
xs4all.nl xtra.co.nz ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au
yahoo.com.br yahoo.com.mx yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it yahoo.ro yandex.com yandex.ru yeah.net
ymail.com yopmail.com ziggo.nl zoho.com zohomail.com zohomail.eu zoznam.sk
"""
PUBLIC_MAILBOXES = frozenset(_MAILBOXES.split())
"""Providers at which anybody gets a mailbox. Their subdomains count too."""
