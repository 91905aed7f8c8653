//! Nouns for COCO's categories other than `person`, and nouns whose category other words decide.

/// Categories, joined by `|` where a noun may mean any of them, and their nouns in the singular.
/// Behind a `;` stand those that mean some of the category only: who says that there is no taxi
/// does not say that there is no car.
pub(crate) const CATEGORY_NOUNS: &[(&str, &str)] = &[
    ("bicycle", "bicycle, push bike, pushbike; tricycle, mountain bike, road bike, tandem"),
    ("bicycle|motorcycle", "bike"),
    (
        "car",
        "car, automobile; sedan, hatchback, taxi, taxi cab, taxicab, cab, minivan, station wagon, sports car, \
        race car, racing car, police car, convertible, limousine, limo, suv, jeep, coupe, hot rod",
    ),
    ("car|truck|bus", "; van, minibus taxi, matatu"),
    (
        "motorcycle",
        "motorcycle, motorbike, motor bike, motor cycle; scooter, moped, dirt bike, vespa, boda boda, bodaboda",
    ),
    (
        "airplane",
        "airplane, aeroplane, plane, aircraft, air plane; jet, airliner, jumbo jet, jet plane, jetliner, biplane, \
        fighter jet, passenger jet, passenger plane, propeller plane, seaplane",
    ),
    (
        "bus",
        "bus; city bus, school bus, double decker, double decker bus, tour bus, minibus, trolleybus, \
        passenger bus, motor coach, shuttle bus",
    ),
    (
        "train",
        "train; locomotive, steam train, passenger train, freight train, subway train, commuter train, \
        train car, railway car, steam engine, tram, streetcar, train engine, bullet train",
    ),
    (
        "truck",
        "truck, lorry; pickup, pickup truck, pick up truck, fire truck, fire engine, firetruck, dump truck, tow truck, \
        semi, semi truck, tractor trailer, garbage truck, food truck, delivery truck, box truck",
    ),
    (
        "boat",
        "boat; ship, canoe, kayak, sailboat, sail boat, rowboat, row boat, rowing boat, motorboat, motor boat, \
        speedboat, speed boat, ferry, ferry boat, yacht, raft, dinghy, gondola, tugboat, tug boat, cruise ship, \
        fishing boat, steamboat, barge, dhow, catamaran, lifeboat, house boat, houseboat",
    ),
    (
        "traffic light",
        "traffic light, traffic signal, stop light, stoplight, traffic lamp, street signal",
    ),
    ("fire hydrant", "fire hydrant, hydrant, fireplug, fire plug"),
    ("stop sign", "stop sign, stopsign"),
    ("parking meter", "parking meter"),
    ("bench", "bench; park bench, pew"),
    (
        "bird",
        "bird; chicken, eagle, hawk, falcon, duck, duckling, goose, gosling, hen, chick, rooster, cock, cockerel, \
        turkey, vulture, parrot, parakeet, pigeon, dove, owl, penguin, ostrich, swan, seagull, sea gull, gull, crow, \
        raven, magpie, sparrow, robin, peacock, flamingo, pelican, stork, heron, crane bird, toucan, hummingbird, humming bird, \
        woodpecker, swallow, finch, canary, songbird, cockatoo, macaw, ibis, egret, kingfisher, guinea fowl, \
        guineafowl, hornbill, mother hen, baby bird, wild turkey, blackbird, bluebird, fowl, water bird",
    ),
    (
        "cat",
        "cat, pussycat, pussy cat, kitty cat; kitten, kitty, tomcat, tabby, house cat, housecat, tabby cat, calico, siamese cat",
    ),
    (
        "dog",
        "dog, doggy, doggie; puppy, pup, hound, poodle, terrier, bulldog, labrador, retriever, golden retriever, dachshund, \
        beagle, collie, sheepdog, sheep dog, german shepherd, husky, dalmatian, chihuahua, pug, spaniel, \
        greyhound, corgi, mutt, guard dog, watchdog, watch dog, puppy dog, rottweiler, pit bull, pitbull",
    ),
    ("horse", "horse; pony, foal, mare, stallion, race horse, racehorse, steed, bronco"),
    ("sheep", "sheep; lamb, ewe, baby sheep"),
    ("cow", "cow, cattle; bull, calf, ox, heifer, milk cow, dairy cow, longhorn"),
    ("elephant", "elephant; baby elephant, elephant calf, mother elephant"),
    ("bear", "bear; polar bear, grizzly bear, grizzly, bear cub"),
    ("zebra", "zebra"),
    ("giraffe", "giraffe"),
    (
        "bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe",
        "animal, creature; wild animal, beast",
    ),
    ("cat|dog|bird", "; pet"),
    ("horse|sheep|cow|bird", "; farm animal"),
    ("horse|cow|sheep", "; livestock"),
    ("bicycle|car|motorcycle|airplane|bus|train|truck|boat", "vehicle"),
    (
        "backpack",
        "backpack, back pack, rucksack, knapsack; school bag, schoolbag, book bag, bookbag, satchel bag",
    ),
    ("umbrella", "umbrella, parasol"),
    ("handbag", "handbag, hand bag, purse; shoulder bag, clutch bag"),
    ("tie", "necktie, neck tie; bow tie, bowtie"),
    ("suitcase", "suitcase, suit case; briefcase, brief case"),
    (
        "backpack|handbag|suitcase",
        "bag, luggage, baggage; satchel, duffel bag, duffle bag, tote bag, messenger bag",
    ),
    ("frisbee", "frisbee, flying disc, flying disk"),
    ("skis", "ski, snow ski"),
    ("snowboard", "snowboard, snow board"),
    (
        "sports ball",
        "ball, sports ball; basketball, football, soccer ball, tennis ball, volleyball, baseball, softball, beach ball, \
        rugby ball, golf ball, cricket ball, bowling ball, soccerball",
    ),
    ("kite", "kite"),
    ("baseball bat", "baseball bat"),
    ("baseball glove", "baseball glove, catcher's mitt, baseball mitt, catchers mitt, mitt"),
    ("skateboard", "skateboard, skate board, longboard"),
    ("surfboard", "surfboard, surf board; boogie board, body board, paddle board"),
    ("tennis racket", "tennis racket, tennis racquet, racket, racquet"),
    (
        "bottle",
        "bottle; water bottle, wine bottle, beer bottle, milk bottle, baby bottle, soda bottle",
    ),
    ("wine glass", "wine glass, wineglass; goblet, champagne glass, champagne flute"),
    ("wine glass|cup", "; glass, drinking glass"),
    ("cup", "cup, mug; teacup, tea cup, coffee cup, coffee mug, paper cup, beaker, tumbler"),
    ("fork", "fork"),
    ("knife", "knife; butter knife, kitchen knife, dagger"),
    ("spoon", "spoon; teaspoon, tablespoon, ladle, wooden spoon"),
    ("fork|knife|spoon", "cutlery, silverware, utensil"),
    ("bowl", "bowl; salad bowl, soup bowl, mixing bowl, fruit bowl"),
    ("banana", "banana; banana bunch"),
    ("apple", "apple"),
    ("sandwich", "sandwich; burger, hamburger, cheeseburger, panini, sub sandwich"),
    ("orange", "orange; tangerine, mandarin, clementine"),
    ("broccoli", "broccoli; broccoli floret"),
    ("carrot", "carrot, carrot stick"),
    ("hot dog", "hot dog, hotdog; frankfurter, corn dog"),
    ("pizza", "pizza, pizza pie; pizza slice"),
    ("donut", "donut, doughnut, dough nut"),
    (
        "cake",
        "cake; birthday cake, cupcake, cup cake, wedding cake, layer cake, cheesecake, chocolate cake",
    ),
    ("banana|apple|orange", "fruit, piece of fruit"),
    ("broccoli|carrot", "vegetable, veggie"),
    ("banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake", "food; meal, snack"),
    (
        "chair",
        "chair; office chair, stool, bar stool, barstool, rocking chair, high chair, highchair, lawn chair, \
        folding chair, beach chair, wheelchair, desk chair, deck chair",
    ),
    ("chair|couch", "; armchair, arm chair, recliner, easy chair"),
    ("chair|bench|couch", "seat"),
    ("couch", "couch, sofa, settee; loveseat, love seat, futon"),
    (
        "potted plant",
        "potted plant, houseplant, house plant, pot plant; potted tree, potted flower",
    ),
    ("bed", "bed; bunk bed, bunkbed, crib, cot, hospital bed, canopy bed"),
    (
        "dining table",
        "dining table, table; dinner table, kitchen table, dining room table, picnic table, coffee table",
    ),
    ("chair|couch|bed|dining table", "furniture"),
    ("toilet", "toilet; commode, toilet bowl, urinal"),
    (
        "tv",
        "tv, television, television set, tv set, telly, tv screen, television screen; flat screen, flat screen tv, \
        flatscreen, monitor, computer monitor, computer screen, tv monitor",
    ),
    ("tv|laptop", "; computer, desktop computer"),
    ("laptop", "laptop, laptop computer, notebook computer; macbook, netbook"),
    ("mouse", "computer mouse; wireless mouse"),
    (
        "remote",
        "remote, remote control; tv remote, wii remote, game controller, video game controller, wii controller",
    ),
    ("keyboard", "keyboard, computer keyboard"),
    (
        "cell phone",
        "cell phone, cellphone, mobile phone, phone, cellular phone, hand phone; smartphone, smart phone, \
        iphone, flip phone",
    ),
    ("microwave", "microwave, microwave oven"),
    ("oven", "oven, stove; stove top, stovetop, stove top oven, gas stove, cooker, toaster oven"),
    ("toaster", "toaster"),
    ("sink", "sink, washbasin, wash basin; kitchen sink, bathroom sink"),
    ("refrigerator", "refrigerator, fridge; freezer, refrigerator freezer, icebox"),
    ("microwave|oven|toaster|sink|refrigerator", "appliance, kitchen appliance"),
    (
        "book",
        "book; textbook, text book, storybook, story book, notebook, picture book, exercise book, novel, comic book",
    ),
    ("clock", "clock; alarm clock, wall clock, grandfather clock, clock face"),
    ("vase", "vase"),
    ("scissors", "scissors, scissor, shears"),
    ("teddy bear", "teddy bear, teddy; stuffed bear, stuffed teddy bear, toy bear"),
    (
        "hair drier",
        "hair drier, hair dryer, hairdryer, hairdrier, blow dryer, blow drier, blowdryer",
    ),
    ("toothbrush", "toothbrush, tooth brush"),
];

/// A noun that means a category of COCO's only beside certain words of its sentence.
pub(crate) struct Cued {
    /// In the singular.
    pub noun: &'static str,
    /// What it means beside one of the cues.
    pub category: &'static str,
    /// Words of the sentence that decide, in the forms they come in.
    pub cues: &'static [&'static str],
}

const BASEBALL: &[&str] = &[
    "baseball", "softball", "swing", "swings", "swinging", "swung", "batter", "pitch", "pitcher",
    "catcher", "umpire", "player", "players", "plate", "hitter", "cricket",
];

/// Nouns of two meanings; without a cue they are what the other tables say, or things of no
/// category. Of several rows that fit, the first decides.
pub(crate) const CUED: &[Cued] = &[
    Cued { noun: "bat", category: "baseball bat", cues: BASEBALL },
    Cued { noun: "glove", category: "baseball glove", cues: BASEBALL },
    Cued {
        noun: "mouse",
        category: "mouse",
        cues: &[
            "computer", "keyboard", "laptop", "monitor", "desk", "wireless", "screen", "desktop",
            "pad",
        ],
    },
    Cued {
        noun: "tie",
        category: "tie",
        cues: &["suit", "shirt", "wearing", "wears", "wore", "dressed", "knot"],
    },
    Cued {
        noun: "screen",
        category: "tv|laptop",
        cues: &[
            "computer",
            "computers",
            "television",
            "tv",
            "laptop",
            "monitor",
            "desk",
            "keyboard",
        ],
    },
    Cued {
        noun: "bike",
        category: "motorcycle",
        cues: &[
            "biker",
            "bikers",
            "motorcycle",
            "motorcycles",
            "motorcyclist",
            "motorcyclists",
            "motorbike",
            "motor",
            "engine",
            "engines",
            "leather",
            "dirt",
            "gas",
            "exhaust",
            "highway",
            "sidecar",
        ],
    },
    Cued {
        noun: "bike",
        category: "bicycle",
        cues: &[
            "pedal",
            "pedals",
            "pedaling",
            "pedalling",
            "pedaled",
            "bicycle",
            "bicycles",
            "cyclist",
            "cyclists",
            "cycling",
            "basket",
            "bell",
            "lane",
            "path",
        ],
    },
    Cued {
        noun: "glasses",
        category: "wine glass|cup",
        cues: &["wine", "beer", "champagne", "tray", "waiter", "waitress", "bartender", "juice"],
    },
    Cued {
        noun: "pitcher",
        category: "person",
        cues: &[
            "baseball", "batter", "throwing", "throws", "threw", "mound", "ball", "pitch", "plate",
        ],
    },
    Cued { noun: "catcher", category: "person", cues: BASEBALL },
    Cued {
        noun: "plant",
        category: "potted plant",
        cues: &["pot", "pots", "potted", "window sill", "windowsill"],
    },
    Cued {
        noun: "board",
        category: "surfboard",
        cues: &["surfer", "surfers", "wave", "waves", "surfing", "surf", "ocean"],
    },
];
