/** Words of a question that say nothing about what is asked for: English, and of scripts without blanks what `wordsOf` makes. */
import { wordForm } from "./word-forms.ts";

const stopWords = new Set(
  `a an the this that these those there here it its he him his she her hers they them their theirs we us our ours
  i me my mine you your yours myself yourself himself herself themselves one ones someone something anything everything
  who whom whose what which when where why how whether
  am is are was were be been being do does did doing done have has had having can could will would shall should may might
  must get got gotten getting let
  and or but nor so if then than because as while since until though although of at by for with about against between
  into through during before after above below to from up down in out on off over under again further once
  not no only own same too very just also even still already ever never really quite much many more most some any all
  both each few other such now
  don didn doesn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn ain im ive ill id
  yes yeah ok okay oh hey hi hello wow well like thing things kind sort type way lot
  please tell remind give know say said mention mentioned talk talked discuss discussed describe described according
  conversation chat session previous previously last time ago day date year month week
  的 了 是 在 我 你 您 他 她 它 们 們 这 這 那 有 和 与 與 不 也 都 就 还 還 很 把 被 给 給 跟 吗 嗎 呢 吧 啊 会 會 能 要 着 著 过 過 得 个 個
  么 麼 什 怎 哪 谁 誰 几 幾 什么 什麼 怎么 怎麼 么样 麼樣 为什 為什 么时 麼時 时候 時候 哪里 哪裡 哪儿 哪兒 哪个 哪個 哪些 多少 多久
  是谁 是誰 谁的 誰的 我们 我們 你们 你們 他们 他們 她们 她們 自己 没有 沒有 有没 有沒 是不 不是
  何 です ます した して って いる いた ない から まで ため こと もの それ これ あれ その この あの どの どれ どこ どう だれ なに なぜ いつ
  いく くつ くら んで まし でし
  `
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(wordForm),
);

/** Whether a word, in its search form, is left out of a question. */
export function isStopWord(form: string): boolean {
  return stopWords.has(form);
}
