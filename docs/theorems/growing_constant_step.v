(* With a growing variance a constant step decays geometrically to a noise floor. *)
(* a_{t+1} <= ((1 − γ_tμ)² + γ_t²μS) a_t + γ_t²σ², γ_t = γ; Q(t) = ((1 − γμ)² + γ²μS)^t. *)
(* Reference: theorems growing_step and steep_step. *)

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

(* With a growing variance a constant step decays geometrically to a noise floor *)
Theorem growing_constant_step
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (a0 : R) (* the start a₀ *)
  (a : nat -> R) (*  *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* range: σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* condition: γ <= 1/(μ + S) *)
  (in_range_gamma_1_mu_S : gamma <= 1 / (S_ + mu))
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  (* assumed: recursion: the recursion at t *)
  (H_recursion : forall t : nat, a (S t) <= sigma2 * gamma ^ 2 + (S_ * mu * gamma ^ 2 + (1 - gamma *
      mu) ^ 2) * a t)
  : forall t : nat, a t <= gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 - gamma * sigma2 /
      (mu * (2 - gamma * (S_ + mu)))) * ((S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) ^ t).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - S_ - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((S_ + mu) / gamma) * (1 / (S_ + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (S_ + s_slack + mu)).
  { rewrite ?s_slack_def. identity. }
  assert (exists Q : nat -> R, forall n : nat, (S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) ^ n = Q
      n)
    as [Q Q_def].
  { exists (fun n : nat => (S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) ^ n). intro n. reflexivity.
      }
  assert (every : forall t : nat, a t <= gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 -
      gamma * sigma2 / (mu * (2 - gamma * (S_ + mu)))) * Q t).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 -
      gamma * sigma2 / (mu * (2 - gamma * (S_ + mu)))) * Q O).
  {
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : Q O - 1 = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_2 := times_zero ((S_ * a0 * gamma * mu + a0 * gamma * mu ^ 2 + gamma * sigma2 - 2 *
      a0 * mu) / (mu * (S_ * gamma + gamma * mu - 2))) _ fact_2).
  assert (0 < 2 - S_ * gamma - gamma * mu).
  { rewrite ?chart_gamma. written ((S_ + 2 * s_slack + mu) / (S_ + s_slack + mu)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + ((S_ * a0 * gamma * mu + a0 *
      gamma * mu ^ 2 + gamma * sigma2 - 2 * a0 * mu) / (mu * (S_ * gamma + gamma * mu - 2))) * (Q O
      - 1)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= gamma * sigma2 / (mu * (2 - gamma * (S_ +
      mu))) + (a0 - gamma * sigma2 / (mu * (2 - gamma * (S_ + mu)))) * Q (S t)).
  {
  pose proof (pos_INR t) as index_sign.
  assert (fact_1 : 0 <= sigma2 * gamma ^ 2 + (S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) * a t - (a
      (S t))).
  { exact (room _ _ (H_recursion t)). }
  assert (fact_2 : 0 <= gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 - gamma * sigma2 / (mu
      * (2 - gamma * (S_ + mu)))) * Q t - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= S_ * mu * gamma ^ 2 + gamma ^ 2 * mu ^ 2 + 1 - 2 * gamma * mu).
  { rewrite ?chart_gamma. written ((S_ ^ 2 + 2 * S_ * s_slack + S_ * mu + s_slack ^ 2) / (S_ +
      s_slack + mu) ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : Q (S t) - ((S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) * Q t) = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_3 := times_zero ((S_ * a0 * gamma * mu + a0 * gamma * mu ^ 2 + gamma * sigma2 - 2 *
      a0 * mu) / (mu * (S_ * gamma + gamma * mu - 2))) _ fact_3).
  assert (0 < 2 - S_ * gamma - gamma * mu).
  { rewrite ?chart_gamma. written ((S_ + 2 * s_slack + mu) / (S_ + s_slack + mu)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * gamma ^ 2 + (S_ * mu * gamma ^ 2 +
      (1 - gamma * mu) ^ 2) * a t - (a (S t))) + (S_ * mu * gamma ^ 2 + gamma ^ 2 * mu ^ 2 + 1 - 2 *
      gamma * mu) * (gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 - gamma * sigma2 / (mu *
      (2 - gamma * (S_ + mu)))) * Q t - (a t)) + ((S_ * a0 * gamma * mu + a0 * gamma * mu ^ 2 +
      gamma * sigma2 - 2 * a0 * mu) / (mu * (S_ * gamma + gamma * mu - 2))) * (Q (S t) - ((S_ * mu *
      gamma ^ 2 + (1 - gamma * mu) ^ 2) * Q t))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. rewrite ?Q_def. exact (every t).
Qed.

(* The bound is attained: the recursion as an equality: F(x) = μ/2 ‖x‖², variance μS‖x‖² + σ². *)
Theorem growing_constant_step_attained
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (a0 : R) (* the start a₀ *)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* the start a₀ *)
  (a0_sign : 0 <= a0)
  (* γ <= 1/(μ + S) *)
  (in_range_gamma_1_mu_S : gamma <= 1 / (S_ + mu))
  : exists a : nat -> R, 
    (* start: a(0) is at most a₀ *) (a O <= a0) /\
    (* recursion: the recursion at t *) (forall n : nat, a (S n) <= sigma2 * gamma ^ 2 + (S_ * mu *
        gamma ^ 2 + (1 - gamma * mu) ^ 2) * a n) /\
    (* attained *) (forall n : nat, a n = gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 -
        gamma * sigma2 / (mu * (2 - gamma * (S_ + mu)))) * ((S_ * mu * gamma ^ 2 + (1 - gamma * mu)
        ^ 2) ^ n)).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - S_ - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((S_ + mu) / gamma) * (1 / (S_ + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (S_ + s_slack + mu)).
  { rewrite ?s_slack_def. identity. }
  exists (fun n : nat => gamma * sigma2 / (mu * (2 - gamma * (S_ + mu))) + (a0 - gamma * sigma2 /
      (mu * (2 - gamma * (S_ + mu)))) * ((S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2) ^ n)).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - S_ *
      gamma - gamma * mu). { rewrite ?chart_gamma. written ((S_ + 2 * s_slack + mu) / (S_ + s_slack
      + mu)). sign. } apply at_most. rewrite ?chart_gamma. written (0). sign. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - S_ * gamma - gamma * mu). { rewrite ?chart_gamma.
      written ((S_ + 2 * s_slack + mu) / (S_ + s_slack + mu)). sign. } apply at_most. rewrite
      ?chart_gamma. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - S_ * gamma - gamma * mu). { rewrite ?chart_gamma.
      written ((S_ + 2 * s_slack + mu) / (S_ + s_slack + mu)). sign. } apply equal. match goal with
      |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions growing_constant_step.

Print Assumptions growing_constant_step_attained.
