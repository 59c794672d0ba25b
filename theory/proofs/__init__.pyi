from roundlot.theory.json_text import UnreadableError as UnreadableError
from roundlot.theory.proofs.kernel.judging import ProvedDocument as ProvedDocument
from roundlot.theory.proofs.kernel.judging import judge as judge
from roundlot.theory.proofs.kernel.judging import judge_text as judge_text
from roundlot.theory.proofs.kernel.scopes import RefusedError as RefusedError
