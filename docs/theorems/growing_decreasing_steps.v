(* With a growing variance steps c/(t + τ) reach the minimiser at rate 1/t. *)
(* a_{t+1} <= ((1 − γ_tμ)² + γ_t²μS) a_t + γ_t²σ², γ_t = c/(t + τ). *)
(* Reference: theorems growing_step, steep_step and one_over_t. *)

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

(* With a growing variance steps c/(t + τ) reach the minimiser at rate 1/t *)
Theorem growing_decreasing_steps
  (mu : R) (* the strong convexity μ *)
  (c : R) (* the scale c of the steps *)
  (tau : R) (* the offset τ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (a0 : R) (* the start a₀ *)
  (C : R) (* the constant C *)
  (a : nat -> R) (*  *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the scale c of the steps *)
  (c_sign : 0 < c)
  (* range: the offset τ *)
  (tau_sign : 0 < tau)
  (* range: the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* range: σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* range: the constant C *)
  (C_sign : 0 <= C)
  (* condition: cμ >= 1 *)
  (in_range_cmu_1 : 1 <= c * mu)
  (* condition: c (μ + S) <= τ *)
  (in_range_c_mu_S_tau : c * (S_ + mu) <= tau)
  (* condition: C >= τ a₀ *)
  (in_range_C_tau_a0 : a0 * tau <= C)
  (* condition: C (cμ − 1) >= c² σ² *)
  (in_range_C_cmu_1_c2_sigma2 : sigma2 * c ^ 2 <= C * (c * mu - 1))
  (* assumed: recursion: the recursion at t *)
  (H_recursion : forall t : nat, a (S t) <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (S_ * mu * c ^ 2 /
      (INR t + tau) ^ 2 + (1 - c * mu / (INR t + tau)) ^ 2) * a t)
  (* assumed: a_t >= 0: a squared distance *)
  (H_a_t_0 : forall t : nat, 0 <= a t)
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  : forall t : nat, a t <= C / (INR t + tau).
Proof.
  assert (exists r_slack, 0 <= r_slack /\ r_slack = c * mu - 1)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (c * mu - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = tau - c * (S_ + mu))
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (tau - (c * (S_ + mu)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_c : c = (r_slack + 1) / mu).
  { rewrite ?r_slack_def. identity. }
  assert (chart_tau : tau = s_slack + (r_slack + 1) * (S_ + mu) / mu).
  { rewrite ?r_slack_def, ?s_slack_def. identity. }
  assert (goal_plain_recursion : forall t : nat, 0 <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c *
      mu / (INR t + tau)) * a t - a (S t)).
  { intro t. (* plain recursion *)
  pose proof (pos_INR t) as index_sign.
  assert (fact_1 : 0 <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (S_ * mu * c ^ 2 / (INR t + tau) ^ 2 +
      (1 - c * mu / (INR t + tau)) ^ 2) * a t - (a (S t))).
  { exact (room _ _ (H_recursion t)). }
  assert (fact_2 : 0 <= a t - 0).
  { exact (room _ _ (H_a_t_0 t)). }
  assert (multiplier_2 : 0 <= c * mu * (INR t + tau - S_ * c - c * mu) / (INR t + tau) ^ 2).
  { rewrite ?chart_c, ?chart_tau. written ((s_slack + INR t) * mu ^ 2 * (r_slack + 1) / (S_ *
      r_slack + S_ + r_slack * mu + s_slack * mu + INR t * mu + mu) ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (0 < INR t + tau).
  { rewrite ?chart_c, ?chart_tau. written ((S_ * r_slack + S_ + r_slack * mu + s_slack * mu + INR t
      * mu + mu) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (S_ * mu
      * c ^ 2 / (INR t + tau) ^ 2 + (1 - c * mu / (INR t + tau)) ^ 2) * a t - (a (S t))) + (c * mu *
      (INR t + tau - S_ * c - c * mu) / (INR t + tau) ^ 2) * (a t - 0)) by identity end.
  parts.
  }
  assert (every : forall t : nat, a t <= C / (INR t + tau)).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= C / (0 + tau)).
  {
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= C - (a0 * tau)).
  { generalize in_range_C_tau_a0. lra. }
  assert (multiplier_2 : 0 <= 1 / tau).
  { rewrite ?chart_c, ?chart_tau. written (mu / (S_ * r_slack + S_ + r_slack * mu + s_slack * mu +
      mu)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + (1 / tau) * (C - (a0 * tau)))
      by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= C / ((INR t + 1) + tau)).
  {
  pose proof (pos_INR t) as index_sign.
  assert (fact_1 : 0 <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c * mu / (INR t + tau)) * a t - a
      (S t)).
  { exact (goal_plain_recursion t). }
  assert (fact_2 : 0 <= C / (INR t + tau) - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= (INR t + tau - c * mu) / (INR t + tau)).
  { rewrite ?chart_c, ?chart_tau. written ((S_ * r_slack + S_ + s_slack * mu + INR t * mu) / (S_ *
      r_slack + S_ + r_slack * mu + s_slack * mu + INR t * mu + mu)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= C * (c * mu - 1) - (sigma2 * c ^ 2)).
  { generalize in_range_C_cmu_1_c2_sigma2. lra. }
  assert (multiplier_3 : 0 <= 1 / (INR t + tau) ^ 2).
  { rewrite ?chart_c, ?chart_tau. written (mu ^ 2 / (S_ * r_slack + S_ + r_slack * mu + s_slack * mu
      + INR t * mu + mu) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= C).
  { rewrite ?chart_c, ?chart_tau. written (C). sign. }
  assert (multiplier_4 : 0 <= 1 / ((INR t + tau) ^ 2 * (INR t + tau + 1))).
  { rewrite ?chart_c, ?chart_tau. written (mu ^ 3 / ((S_ * r_slack + S_ + r_slack * mu + s_slack *
      mu + INR t * mu + 2 * mu) * (S_ * r_slack + S_ + r_slack * mu + s_slack * mu + INR t * mu +
      mu) ^ 2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (0 < INR t + tau + 1).
  { rewrite ?chart_c, ?chart_tau. written ((S_ * r_slack + S_ + r_slack * mu + s_slack * mu + INR t
      * mu + 2 * mu) / mu). sign. }
  assert (0 < INR t + tau).
  { rewrite ?chart_c, ?chart_tau. written ((S_ * r_slack + S_ + r_slack * mu + s_slack * mu + INR t
      * mu + mu) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c *
      mu / (INR t + tau)) * a t - a (S t)) + ((INR t + tau - c * mu) / (INR t + tau)) * (C / (INR t
      + tau) - (a t)) + (1 / (INR t + tau) ^ 2) * (C * (c * mu - 1) - (sigma2 * c ^ 2)) + (1 / ((INR
      t + tau) ^ 2 * (INR t + tau + 1))) * C) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. exact (every t).
Qed.

Print Assumptions growing_decreasing_steps.
