//! Verbs, their forms, and what some of them say of places and things.

use crate::lexicon::VerbKind;

/// Common verbs in their base form.
pub(crate) const VERBS: &str = "\
admire, agree, answer, appear, argue, arrange, arrive, ask, attach, bake, balance, bark, bathe, \
become, begin, believe, bend, bite, blow, boil, bounce, bow, break, bring, brush, build, burn, \
buy, buzz, call, care, carry, carve, catch, celebrate, chase, chat, cheer, chew, clap, clean, \
climb, cling, close, collect, come, contain, cook, cover, crash, crawl, creep, cross, crouch, cry, \
curl, cut, dance, dangle, dash, decide, decorate, deliver, dig, display, dive, drag, draw, dream, \
dress, drift, drink, drip, drive, drop, drown, eat, emerge, enjoy, enter, escape, examine, \
explain, fall, feature, feed, feel, fetch, fight, fill, find, finish, flip, float, flow, fly, \
fold, follow, forget, gallop, gather, gaze, get, giggle, give, glide, glow, go, grab, graze, \
greet, grin, grow, growl, guide, hang, happen, hear, help, hide, hike, hit, hold, hop, hope, \
hover, howl, hug, hunt, hurry, hurt, jog, juggle, jump, keep, kick, kill, kiss, kneel, knit, \
knock, know, land, laugh, launch, lay, lead, lean, leap, learn, leave, lick, lie, lift, like, \
listen, live, look, lose, lounge, love, make, march, meet, melt, miss, moan, move, mow, munch, \
nap, need, nibble, nod, offer, open, overlook, pack, paddle, paint, pass, pay, pedal, peek, peel, \
peep, peer, perch, perform, pet, pick, play, point, poke, pose, pour, prance, prepare, promise, \
prop, pull, push, put, reach, read, reflect, relax, remember, repair, reply, rest, return, ride, \
ring, roar, roll, run, rush, sail, say, scatter, scream, scrub, search, see, seem, sell, send, \
serve, shake, share, shave, shine, shout, show, sing, sit, skate, sleep, smell, smile, sneak, \
sneeze, snore, soar, speak, spend, splash, spread, sprinkle, squat, squeeze, stand, stare, start, \
stay, steal, stir, stop, straddle, stretch, stroll, struggle, surround, swallow, swim, swing, \
swoop, take, talk, tell, think, throw, tie, tiptoe, toss, touch, travel, trot, try, tug, tumble, \
turn, twist, understand, use, vault, visit, waddle, wade, wag, wait, wake, walk, wander, want, \
wash, wave, wax, wear, weep, whisper, wiggle, win, wink, wipe, wish, work, worry, wrap, wrestle, \
write, yawn, yell";

/// Verbs with all their past forms, of which no rule makes some.
pub(crate) const IRREGULAR_VERBS: &str = "\
be is are was were been being, have has had having, do did done, go goes went gone, say said, get \
got gotten, make made, sit sat, stand stood, lie lay lain lying, lay laid, hang hung hanged, hold \
held, keep kept, see saw seen, find found, hear heard, feel felt, know knew known, think thought, \
tell told, take took taken, give gave given, bring brought, send sent, buy bought, throw threw \
thrown, teach taught, lend lent, sell sold, show shown showed, shoot shot, put, set, hide hid \
hidden, fly flew flown, fall fell fallen, leap leapt leaped, swing swung, rise rose risen, shine \
shone shined, ride rode ridden, drive drove driven, swim swam swum, run ran, come came, creep \
crept, slide slid, dive dove dived, dream dreamt dreamed, draw drew drawn, write wrote written, \
wear wore worn, fight fought, blow blew blown, kneel knelt kneeled, lean leant leaned, sleep \
slept, eat ate eaten, become became, begin began begun, bite bit bitten, break broke broken, build \
built, catch caught, choose chose, dig dug, drink drank drunk, feed fed, forget forgot forgotten, \
grow grew grown, lead led, leave left, lose lost, mean meant, meet met, pay paid, ring rang, sing \
sang, shake shook shaken, spend spent, speak spoke, spring sprang sprung, steal stole stolen, \
stick stuck, sweep swept, tear tore, wake woke woken, win won, understand understood, sink sank \
sunk, light lit, bend bent, speed sped, flee fled, arise arose, awake awoke, beat, bind bound, \
burst, cling clung, deal dealt, fling flung, freeze froze frozen, mistake mistook, overcome \
overcame, overtake overtook, quit, sew sewn sewed, shrink shrank, shut, slay slew, sling slung, \
spit spat, spill spilt, spread, spin spun, stink stank, stride strode, strike struck, string \
strung, sting stung, strive strove, swear swore sworn, thrust, tread trod, weep wept, weave wove \
woven, wring wrung";

/// Verbs in their base form by what they say; one may be of several kinds.
pub(crate) const VERB_KINDS: &[(VerbKind, &str)] = &[
    (
        VerbKind::Posture,
        "be sit stand lie lay rest perch hang wait sleep kneel crouch lean prop pose walk live float graze \
         place park seat mount attach tie display arrange stack pile balance",
    ),
    (
        VerbKind::Aloft,
        "be fly hover soar glide float drift jump leap hop hang swoop circle swing vault tower rise shine \
         bounce suspend hold pass",
    ),
    (VerbKind::Touching, "be lean rest stand sit prop lie press place park stack pile huddle curl"),
    (
        VerbKind::Putting,
        "lift lower throw toss load stuff put place set drop hide pour build dig plant leave make",
    ),
    (VerbKind::Sensing, "hear feel smell know like love have"),
    (VerbKind::Seeing, "see find notice discover spot"),
    (
        VerbKind::Speaking,
        "think believe say tell talk ask depend look peer peek dress wear turn insist agree laugh \
         trust trip stumble fight argue worry cry draw write paint pull blow watch",
    ),
    (
        VerbKind::Moving,
        "go get come walk run waddle hop jump climb fly swim sail march trot gallop roll slip sneak tiptoe \
         hurry rush fall leap wade wander stroll ride drive slide plunge disappear vanish squeeze dive step \
         crawl creep throw put",
    ),
    (
        VerbKind::Giving,
        "give show bring tell offer feed hand send buy make throw get teach lend sell serve pass",
    ),
    (VerbKind::Taking, "take snap shoot capture get"),
    (VerbKind::Having, "have own wear get"),
    (VerbKind::Handling, "hold carry ride"),
    (VerbKind::Using, "play drink wear drive use"),
    (VerbKind::Hanging, "be hang lie stand sit cover decorate adorn"),
    (VerbKind::Wishing, "want wish dream imagine hope pretend"),
];
