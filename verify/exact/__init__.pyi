from roundlot.verify.exact.documents import judge_document as judge_document
from roundlot.verify.exact.judgement import Judgement as Judgement
from roundlot.verify.exact.judgement import judge as judge
from roundlot.verify.exact.plans import judge_plan as judge_plan
from roundlot.verify.exact.rounds import RoundsJudgement as RoundsJudgement
from roundlot.verify.exact.rounds import judge_rounds as judge_rounds
from roundlot.verify.exact.steps import StepsJudgement as StepsJudgement
from roundlot.verify.exact.steps import judge_steps as judge_steps
