/** Texts of many kinds with their exact token counts in OpenAI's o200k, none of which the estimate was fitted to. */

export interface TextSample {
  readonly name: string;
  readonly text: string;
  /** Counted with gpt-tokenizer 4.0.0, encoding o200k_base. */
  readonly o200kTokens: number;
}

export const textSamples: readonly TextSample[] = [
  {
    name: "English chat",
    o200kTokens: 169,
    text: `Hi there, I bought a coffee machine from your shop last week and it came yesterday, but the water tank has a crack in it and it leaks as soon as I fill it. I'd like a replacement, or my money back if that's easier. Who pays for sending it back? I'm home tomorrow afternoon if someone can pick it up. So sorry about that! I've opened a replacement for you: the courier will come between two and five tomorrow, please hand over the box and the receipt. The new one goes out within three working days and we pay for shipping. It's getting colder and I want to take my family to the mountains this weekend. Can you think of a quiet place no more than two hours away, with somewhere decent to eat and paths that aren't too hard for my grandparents? Also, what should I pack for the kids?`,
  },
  {
    name: "Chinese chat",
    o200kTokens: 224,
    text: `你好，我上周在你们网站买了一台咖啡机，订单号是 20261104，昨天收到了，可是水箱有一道裂缝，一加水就漏。我想换一台新的，或者直接退款，请问怎么办理？另外运费由谁承担？我明天下午在家，可以安排快递上门取件吗？非常抱歉给您带来不便。我们已经为您登记了换货申请，快递员会在明天两点到五点之间上门，请把原包装和发票一起交给他。新的咖啡机将在三个工作日内寄出，运费由我们承担。如果您更愿意退款，款项会在七天之内退回到原来的支付账户。最近天气越来越冷，我打算周末和家人一起去山里泡温泉，顺便看看红叶。你有没有推荐的地方？最好开车两个小时以内能到，附近有好吃的面馆，老人走路也不会太累。`,
  },
  {
    name: "Japanese chat",
    o200kTokens: 216,
    text: `こんにちは。先週そちらのサイトでコーヒーメーカーを注文したのですが、昨日届いた箱を開けたら水タンクにひびが入っていて、水を入れると漏れてしまいます。新しいものと交換していただくか、返金をお願いできますか。送料はどちらが負担することになりますか。ご不便をおかけして申し訳ございません。交換の手続きを承りました。明日の午後二時から五時の間に配達員が伺いますので、元の箱と領収書を一緒にお渡しください。新しい商品は三営業日以内に発送いたします。最近だんだん寒くなってきたので、週末は家族と山の温泉に行こうと思っています。車で二時間くらいで、近くにおいしい蕎麦屋があって、年配の人でも歩きやすいところを教えてください。`,
  },
  {
    name: "Korean chat",
    o200kTokens: 191,
    text: `안녕하세요, 지난주에 홈페이지에서 커피 머신을 주문했는데 어제 받아 보니 물통에 금이 가 있어서 물을 부으면 새어 나옵니다. 새 제품으로 교환하거나 환불을 받고 싶은데 어떻게 하면 되나요? 배송비는 누가 부담하나요? 불편을 드려 정말 죄송합니다. 교환 신청을 접수했습니다. 내일 오후 두 시에서 다섯 시 사이에 기사님이 방문할 예정이니 원래 상자와 영수증을 함께 전달해 주세요. 새 제품은 영업일 기준 사흘 안에 보내 드리겠습니다. 요즘 날씨가 점점 추워져서 주말에 가족과 함께 산에 있는 온천에 가려고 합니다. 차로 두 시간 정도 걸리고 근처에 맛있는 국수집이 있으며 어르신도 걷기 편한 곳이 있을까요?`,
  },
  {
    name: "Russian chat",
    o200kTokens: 183,
    text: `Здравствуйте! На прошлой неделе я заказал у вас кофеварку, вчера её привезли, но на баке для воды трещина, и вода вытекает, как только её наливаешь. Хотел бы обменять её на новую или получить деньги обратно. Кто оплачивает доставку? Приносим извинения за неудобства. Мы оформили заявку на обмен: курьер приедет завтра с двух до пяти, передайте ему, пожалуйста, коробку и чек. Новую кофеварку отправим в течение трёх рабочих дней. Становится всё холоднее, и на выходных мы с семьёй собираемся в горы, на горячие источники. Посоветуйте место, куда ехать не больше двух часов, где рядом есть хорошая столовая и пожилым людям не тяжело гулять.`,
  },
  {
    name: "Arabic chat",
    o200kTokens: 177,
    text: `مرحبا، اشتريت الأسبوع الماضي آلة قهوة من موقعكم ووصلت أمس، لكن خزان الماء مشقوق ويتسرب منه الماء كلما ملأته. أود استبدالها بجهاز جديد أو استرداد المبلغ، فمن يدفع تكاليف الشحن؟ نعتذر عن هذا الإزعاج. لقد سجلنا طلب الاستبدال وسيأتي المندوب غدا بين الساعة الثانية والخامسة، فنرجو تسليمه العلبة الأصلية مع الفاتورة. سنرسل الجهاز الجديد خلال ثلاثة أيام عمل ونتحمل نحن التكلفة. الجو يزداد برودة هذه الأيام وأفكر في الذهاب مع عائلتي إلى الجبل في نهاية الأسبوع. هل تعرف مكانا قريبا لا يبعد أكثر من ساعتين بالسيارة وفيه مطعم جيد ويسهل على كبار السن المشي فيه؟`,
  },
  {
    name: "Thai chat",
    o200kTokens: 140,
    text: `สวัสดีค่ะ สัปดาห์ที่แล้วฉันสั่งซื้อเครื่องชงกาแฟจากเว็บไซต์ของคุณ เมื่อวานได้รับของแล้วแต่ถังน้ำมีรอยร้าว พอเติมน้ำแล้วน้ำก็รั่วออกมา อยากขอเปลี่ยนเครื่องใหม่หรือขอเงินคืน ค่าส่งใครเป็นคนจ่ายคะ ต้องขออภัยในความไม่สะดวก เราได้บันทึกคำขอเปลี่ยนสินค้าแล้ว พนักงานจะไปรับของพรุ่งนี้ระหว่างบ่ายสองถึงห้าโมงเย็น กรุณาส่งกล่องเดิมพร้อมใบเสร็จให้เขาด้วย`,
  },
  {
    name: "Hindi chat",
    o200kTokens: 117,
    text: `नमस्ते, मैंने पिछले हफ्ते आपकी वेबसाइट से एक कॉफी मशीन खरीदी थी और वह कल मिली, लेकिन पानी की टंकी में दरार है और पानी भरते ही रिसने लगता है। मैं इसे बदलवाना चाहता हूँ या पैसे वापस चाहता हूँ। भेजने का खर्च कौन देगा? असुविधा के लिए क्षमा करें। हमने आपका अनुरोध दर्ज कर लिया है, कल दोपहर दो से पाँच बजे के बीच हमारा आदमी आएगा, कृपया उसे पुराना डिब्बा और रसीद दे दें।`,
  },
  {
    name: "TypeScript",
    o200kTokens: 147,
    text: `export async function settle(hold: Hold, usage: TokenUsage, ledger: Ledger): Promise<Receipt> {
  const cost = priceOf(hold.model, usage);
  if (cost > hold.amountNanoUsd) {
    throw new RangeError(\`Cost \${cost} is more than the hold \${hold.amountNanoUsd}.\`);
  }
  const entry = await ledger.post({ requestId: hold.requestId, tenantId: hold.tenantId, cost, usage });
  // The rest goes back to the account before anybody else reads it.
  await ledger.release(hold.id, hold.amountNanoUsd - cost);
  return { entryId: entry.id, cost, settledAt: entry.postedAt };
}
`,
  },
  {
    name: "Python",
    o200kTokens: 115,
    text: `class WindowReport:
    """How much of the window each part of a request takes."""

    def __init__(self, system: int, tools: int, messages: int) -> None:
        self.system = system
        self.tools = tools
        self.messages = messages

    def total(self) -> int:
        return self.system + self.tools + self.messages

def largest(reports):
    best = None
    for report in reports:
        if best is None or report.total() > best.total():
            best = report
    return best
`,
  },
  {
    name: "JSON",
    o200kTokens: 98,
    text: `{"tenantId":"tenant-042","month":"2026-11","usage":[{"model":"amazon.nova-pro","inputTokens":48211,"outputTokens":9120,"costUsd":"0.067744"},{"model":"openai.gpt-oss-120b","inputTokens":1200345,"outputTokens":80110,"costUsd":"0.228117"}],"limits":{"usdPerMonth":250,"requestsPerMinute":600},"suspended":false}`,
  },
  {
    name: "Markdown",
    o200kTokens: 122,
    text: `## Getting started

1. Install [Node](https://nodejs.org) 20.19 or newer.
2. Run \`npx -y pnpm@12 start\` and wait until the table of addresses appears.
3. Open the **dashboard** and sign in with the token that was printed.

| setting | default | meaning |
| --- | --- | --- |
| \`PORT\` | 8080 | where the API listens |
| \`LOG_LEVEL\` | info | \`debug\` shows every step |

> Data is kept between runs; use \`--fresh\` to begin anew.
`,
  },
];
