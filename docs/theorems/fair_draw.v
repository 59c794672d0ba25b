(* What a draw in favour of models of large loss adds to a model's weights. *)
(* S models; every client is active with chance q, independently, and then trains model s with
    chance P_s = f_s^(α−1)/Σ_t f_t^(α−1), by losses before the round; a client that trains it has
    the weight d_i/(qP_s); D is the largest d_i, c = 1/q − 1, n = S − 1. X = 1/P_s, O = Σ_t
    (f_t/f_s)^(α−1) over the other models. *)
(* Reference: the method of Siew et al., arXiv 2404.13841. *)

Require Import Reals Psatz.
Open Scope R_scope.

Lemma room a b : a <= b -> 0 <= b - a.
Proof. lra. Qed.
Lemma at_most a b : 0 <= b - a -> a <= b.
Proof. lra. Qed.
Lemma less a b : 0 < b - a -> a < b.
Proof. lra. Qed.
Lemma linked x a b : x = a -> a <= b -> 0 <= b - x.
Proof. lra. Qed.
Lemma linked_above x a b : x = a -> b <= a -> 0 <= x - b.
Proof. lra. Qed.
Lemma linked_equal x a b : x = a -> a = b -> b - x = 0.
Proof. lra. Qed.
Lemma difference a b : a = b -> b - a = 0.
Proof. lra. Qed.
Lemma same a b : b = a -> b - a = 0.
Proof. lra. Qed.
Lemma equal a b : b - a = 0 -> a = b.
Proof. lra. Qed.
Lemma above x : 0 < x -> x <> 0.
Proof. lra. Qed.
Lemma below x : 0 < - x -> x <> 0.
Proof. lra. Qed.
Lemma times_zero m x : x = 0 -> m * x = 0.
Proof. intros ->. ring. Qed.
Lemma plus_zero a b : a = 0 -> b = 0 -> a + b = 0.
Proof. lra. Qed.
Lemma from_zero x : x = 0 -> 0 <= x.
Proof. lra. Qed.
Lemma over a b : 0 <= a -> 0 < b -> 0 <= a / b.
Proof. intros A B. apply Rmult_le_pos; [exact A | left; exact (Rinv_0_lt_compat b B)]. Qed.

(* 0 < x or 0 <= x of a sum, product or quotient, from the signs of its parts *)
Ltac sign :=
  match goal with
  | |- 0 <= INR _ => apply pos_INR
  | H : 0 < ?x |- 0 < ?x => exact H
  | H : 0 <= ?x |- 0 <= ?x => exact H
  | H : 0 < ?x |- 0 <= ?x => exact (Rlt_le _ _ H)
  | |- 0 < _ * _ => apply Rmult_lt_0_compat; sign
  | |- 0 <= _ * _ => apply Rmult_le_pos; sign
  | |- 0 < _ / _ => apply Rdiv_lt_0_compat; sign
  | |- 0 <= _ / _ => apply over; sign
  | |- 0 < _ + _ =>
      first [ apply Rplus_lt_le_0_compat; [solve [sign] | solve [sign]]
            | apply Rplus_le_lt_0_compat; [solve [sign] | solve [sign]] ]
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; sign
  | |- 0 < _ ^ _ => apply pow_lt; sign
  | |- 0 <= _ ^ _ => first [ apply pow_le; solve [sign] | apply pow2_ge_0 ]
  | |- _ => lra
  end.
(* the denominators that field asks about *)
Ltac nonzero :=
  repeat split;
  first [ assumption | lra | apply above; solve [sign]
        | apply above; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply below; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply above; solve [nra] | apply below; solve [nra] ].
Ltac identity := first [ ring | field; nonzero ].
(* put another form in place of x in 0 <= x or 0 < x *)
Ltac written form :=
  match goal with
  | |- 0 <= ?here => replace here with form by identity
  | |- 0 < ?here => replace here with form by identity
  end.
Ltac parts :=
  match goal with
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; parts
  | |- _ + _ = 0 => apply plus_zero; parts
  | |- 0 <= _ => first [ assumption | apply from_zero; assumption ]
  | |- _ => assumption
  end.

(* What a draw in favour of models of large loss adds to a model's weights *)
Theorem fair_draw
  (D : R) (* the largest weight D of a client *)
  (c : R) (* the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (n : nat) (* the number n = S − 1 of other models *)
  (R_ : R) (* R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (O_ : R) (* O *)
  (X : R) (* X *)
  (* range: the largest weight D of a client *)
  (D_sign : 0 < D)
  (* range: the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (c_sign : 0 < c)
  (* range: R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (R_sign : 0 <= R_)
  (* assumed: the share: Σ_t f_t^(α−1) over f_s^(α−1) *)
  (H_the_share : X = O_ + 1)
  (* assumed: losses: none of the n others is above R *)
  (H_losses : O_ <= R_ * INR n)
  : D * (X * (c + 1) - 1) <= D * (R_ * INR n * (c + 1) + c).
Proof.
  pose proof (pos_INR n).
  {
  assert (fact_1 : X - (O_ + 1) = 0).
  { exact (same _ _ H_the_share). }
  assert (part_1 := times_zero (- D * (c + 1)) _ fact_1).
  assert (fact_2 : 0 <= R_ * INR n - O_).
  { exact (room _ _ H_losses). }
  assert (multiplier_2 : 0 <= D * (c + 1)).
  { written (D * (c + 1)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- D * (c + 1)) * (X - (O_ + 1)) + (D * (c +
      1)) * (R_ * INR n - O_)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: all other models at the ratio R. *)
Theorem fair_draw_attained
  (D : R) (* the largest weight D of a client *)
  (c : R) (* the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (n : nat) (* the number n = S − 1 of other models *)
  (R_ : R) (* R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (* the largest weight D of a client *)
  (D_sign : 0 < D)
  (* the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (c_sign : 0 < c)
  (* R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (R_sign : 0 <= R_)
  : exists O_ : R, exists X : R, 
    (* the share: Σ_t f_t^(α−1) over f_s^(α−1) *) (X = O_ + 1) /\
    (* losses: none of the n others is above R *) (O_ <= R_ * INR n) /\
    (* attained *) (D * (X * (c + 1) - 1) = D * (R_ * INR n * (c + 1) + c)).
Proof.
  pose proof (pos_INR n).
  exists (R_ * INR n).
  exists (R_ * INR n + 1).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions fair_draw.

Print Assumptions fair_draw_attained.
