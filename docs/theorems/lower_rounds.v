(* On μ/2 ‖x‖² no step sizes fixed in advance decay faster than 1/t. *)
(* F(x) = μ/2 ‖x‖², x⁺ = x − γ(μx + ξ), E ξ = 0, E‖ξ‖² >= σ² in every round; a_t = E‖x_t‖², any step
    sizes γ = γ_t fixed in advance: they do not look at x_t. *)
(* Reference: theorem quadratic_step; compare Agarwal et al. (IEEE Trans. Inf. Theory 2012). *)

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

(* One step on the quadratic μ/2 ‖x‖², exactly *)
Lemma quadratic_step
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² *)
  (norm2_x : R) (* ‖x‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (x_dot_xi : R) (* ⟨x,ξ⟩ *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the variance σ² *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ‖x‖² *)
  (norm2_x_sign : 0 <= norm2_x)
  (* assumed: unbiased, against x: ξ has mean zero and x is fixed before the draw *)
  (H_unbiased_against_x : x_dot_xi = 0)
  (* assumed: variance: the noise has variance σ² *)
  (H_variance : sigma2 = norm2_xi)
  : norm2_xi * gamma ^ 2 + norm2_x * (1 - gamma * mu) ^ 2 - 2 * gamma * x_dot_xi * (1 - gamma * mu)
      = sigma2 * gamma ^ 2 + norm2_x * (1 - gamma * mu) ^ 2.
Proof.
  {
  assert (fact_1 : x_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_x). }
  assert (part_1 := times_zero (- 2 * gamma * (gamma * mu - 1)) _ fact_1).
  assert (fact_2 : sigma2 - norm2_xi = 0).
  { exact (same _ _ H_variance). }
  assert (part_2 := times_zero (gamma ^ 2) _ fact_2).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 2 * gamma * (gamma * mu - 1)) * (x_dot_xi -
      0) + (gamma ^ 2) * (sigma2 - norm2_xi)) by identity end.
  parts.
  }
Qed.

(* On μ/2 ‖x‖² no step sizes fixed in advance decay faster than 1/t *)
Theorem lower_rounds
  (mu : R) (* the strong convexity μ *)
  (sigma2 : R) (* the least variance σ² *)
  (a0 : R) (* the start a₀ *)
  (Exi_t2 : nat -> R) (* E‖ξ_t‖² *)
  (gamma : nat -> R) (* γ *)
  (a : nat -> R) (*  *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (x_dot_xi : nat -> R) (* ⟨x,ξ⟩ *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the least variance σ² *)
  (sigma2_sign : 0 < sigma2)
  (* range: the start a₀ *)
  (a0_sign : 0 < a0)
  (* assumed: start: a(0) is at least a₀ *)
  (H_start : a0 <= a O)
  (* squared norm: E‖ξ_t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_Exi_t2_sign : forall t : nat, 0 <= (Exi_t2 t))
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : forall t : nat, 0 <= a t)
  (* assumed: unbiased, against x: ξ has mean zero and x is fixed before the draw (of theorem
      quadratic_step, cited for 'one step at x_t') *)
  (H_unbiased_against_x : forall t : nat, (x_dot_xi t) = 0)
  (* assumed: variance: the noise has variance σ² (of theorem quadratic_step, cited for 'one step at
      x_t') *)
  (H_variance : forall t : nat, (Exi_t2 t) = (norm2_xi t))
  (* what is bounded: 'one step at x_t': what theorem quadratic_step bounds, E‖x⁺‖² *)
  (H_one_step_at_x_t_link : forall t : nat, a (S t) = (norm2_xi t) * (gamma t) ^ 2 + (a t) * (1 -
      (gamma t) * mu) ^ 2 - 2 * (gamma t) * (x_dot_xi t) * (1 - (gamma t) * mu))
  (* assumed: noisy: the variance is at least σ² *)
  (H_noisy : forall t : nat, sigma2 <= (Exi_t2 t))
  : forall t : nat, a0 * sigma2 / (a0 * INR t * mu ^ 2 + sigma2) <= a t.
Proof.
  assert (every : forall t : nat, a0 * sigma2 / (a0 * INR t * mu ^ 2 + sigma2) <= a t).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a0 * sigma2 / (a0 * 0 * mu ^ 2 + sigma2) <= a O).
  {
  assert (fact_1 : 0 <= a O - a0).
  { exact (room _ _ H_start). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a O - a0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a0 * sigma2 / (a0 * (INR t + 1) * mu ^ 2 + sigma2) <=
      a (S t)).
  {
  pose proof (pos_INR t) as index_sign.
  assert (fact_1 : (Exi_t2 t) * (gamma t) ^ 2 + (a t) * (1 - (gamma t) * mu) ^ 2 - (a (S t)) = 0).
  { apply (linked_equal _ _ _ (H_one_step_at_x_t_link t)).
  refine ((quadratic_step mu (gamma t) (Exi_t2 t) (a t) (norm2_xi t) (x_dot_xi t) _ _ _
      (H_unbiased_against_x t) (H_variance t))).
  { generalize mu_sign. cbn [INR]. lra. }
  { pose proof (H_Exi_t2_sign t). written (((Exi_t2 t))). sign. }
  { pose proof (H_a_t_sign t). written ((a t)). sign. } }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : 0 <= (Exi_t2 t) - sigma2).
  { exact (room _ _ (H_noisy t)). }
  assert (multiplier_2 : 0 <= (gamma t) ^ 2).
  { written (((gamma t)) ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= a t - (a0 * sigma2 / (a0 * INR t * mu ^ 2 + sigma2))).
  { exact (room _ _ hypothesis). }
  assert (multiplier_3 : 0 <= ((gamma t) * mu - 1) ^ 2).
  { written ((((gamma t)) * mu - 1) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= ((gamma t) - a0 * mu * sigma2 / ((a0 * INR t * mu ^ 2 + sigma2) * (a0 *
      sigma2 * mu ^ 2 / (a0 * INR t * mu ^ 2 + sigma2) + sigma2))) ^ 2).
  { apply pow2_ge_0. }
  assert (multiplier_4 : 0 <= sigma2 * (a0 * INR t * mu ^ 2 + a0 * mu ^ 2 + sigma2) / (a0 * INR t *
      mu ^ 2 + sigma2)).
  { written (sigma2 * (a0 * INR t * mu ^ 2 + a0 * mu ^ 2 + sigma2) / (a0 * INR t * mu ^ 2 +
      sigma2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (0 < a0 * INR t * mu ^ 2 + a0 * mu ^ 2 + sigma2).
  { written ((a0 * INR t * mu ^ 2 + a0 * mu ^ 2 + sigma2)). sign. }
  assert (0 < a0 * INR t * mu ^ 2 + sigma2).
  { written ((a0 * INR t * mu ^ 2 + sigma2)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * ((Exi_t2 t) * (gamma t) ^ 2 + (a t) *
      (1 - (gamma t) * mu) ^ 2 - (a (S t))) + ((gamma t) ^ 2) * ((Exi_t2 t) - sigma2) + (((gamma t)
      * mu - 1) ^ 2) * (a t - (a0 * sigma2 / (a0 * INR t * mu ^ 2 + sigma2))) + (sigma2 * (a0 * INR
      t * mu ^ 2 + a0 * mu ^ 2 + sigma2) / (a0 * INR t * mu ^ 2 + sigma2)) * (((gamma t) - a0 * mu *
      sigma2 / ((a0 * INR t * mu ^ 2 + sigma2) * (a0 * sigma2 * mu ^ 2 / (a0 * INR t * mu ^ 2 +
      sigma2) + sigma2))) ^ 2)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. exact (every t).
Qed.

(* The bound is attained: γ = μa_t/(μ²a_t + σ²), variance σ². *)
Theorem lower_rounds_attained
  (mu : R) (* the strong convexity μ *)
  (sigma2 : R) (* the least variance σ² *)
  (a0 : R) (* the start a₀ *)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the least variance σ² *)
  (sigma2_sign : 0 < sigma2)
  (* the start a₀ *)
  (a0_sign : 0 < a0)
  : exists Exi_t2 : nat -> R, exists gamma : nat -> R, exists a : nat -> R, 
    (* start: a(0) is at least a₀ *) (a0 <= a O) /\
    (* one step at x_t: theorem 'quadratic_step' *) (forall n : nat, (Exi_t2 n) * (gamma n) ^ 2 + (1
        - (gamma n) * mu) ^ 2 * a n = a (S n)) /\
    (* noisy: the variance is at least σ² *) (forall n : nat, sigma2 <= (Exi_t2 n)) /\
    (* attained *) (forall n : nat, a0 * sigma2 / (a0 * INR n * mu ^ 2 + sigma2) = a n).
Proof.
  exists (fun n : nat => sigma2).
  exists (fun n : nat => a0 * mu * sigma2 / ((a0 * INR n * mu ^ 2 + sigma2) * (a0 * sigma2 * mu ^ 2
      / (a0 * INR n * mu ^ 2 + sigma2) + sigma2))).
  exists (fun n : nat => a0 * sigma2 / (a0 * INR n * mu ^ 2 + sigma2)).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < a0 * 0 * mu
      ^ 2 + sigma2). { written ((a0 * 0 * mu ^ 2 + sigma2)). sign. } assert (0 < a0 * 0 * mu ^ 2 +
      a0 * mu ^ 2 + sigma2). { written ((a0 * 0 * mu ^ 2 + a0 * mu ^ 2 + sigma2)). sign. } apply
      at_most. written (0). sign. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2). { written
      ((a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2)). sign. } assert (0 < a0 * INR n * mu ^ 2 +
      sigma2). { written ((a0 * INR n * mu ^ 2 + sigma2)). sign. } apply equal. match goal with |-
      ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < a0 * INR n * mu ^ 2 + sigma2). { written ((a0 * INR n *
      mu ^ 2 + sigma2)). sign. } assert (0 < a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2). { written
      ((a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2)). sign. } apply at_most. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < a0 * INR n * mu ^ 2 + sigma2). { written ((a0 * INR n *
      mu ^ 2 + sigma2)). sign. } assert (0 < a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2). { written
      ((a0 * INR n * mu ^ 2 + a0 * mu ^ 2 + sigma2)). sign. } apply equal. match goal with |- ?here
      = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions lower_rounds.

Print Assumptions lower_rounds_attained.
