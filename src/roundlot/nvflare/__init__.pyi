from roundlot.nvflare.controller import LotSampling as LotSampling
from roundlot.nvflare.lots import Lots as Lots
from roundlot.nvflare.lots import Told as Told
