/** Words of a question that say nothing about what is asked for. */
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
  `
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(wordForm),
);

/** Whether a word, in its search form, is left out of a question. */
export function isStopWord(form: string): boolean {
  return stopWords.has(form);
}
