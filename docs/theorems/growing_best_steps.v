(* With a growing variance 1/a grows by μ²/N a round under the best steps. *)
(* a⁺ <= ((1 − γμ)² + γ²μS) x + γ²σ² with x <= a <= b, γ = μa/(μ²a + N), N = σ² + μSb. *)
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

(* With a growing variance 1/a grows by μ²/N a round under the best steps *)
Theorem growing_best_steps
  (mu : R) (* the strong convexity μ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (a : R) (* a, at least E‖x − x*‖² *)
  (b : R) (* b, at least a *)
  (a_next : R) (* a⁺ *)
  (x : R) (* x *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* range: σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* range: a, at least E‖x − x*‖² *)
  (a_sign : 0 < a)
  (* range: b, at least a *)
  (b_sign : 0 < b)
  (* condition: a <= b *)
  (in_range_a_b : a <= b)
  (* assumed: recursion: the recursion with γ = μa/(μ²a + N) *)
  (H_recursion : a_next <= sigma2 * a ^ 2 * mu ^ 2 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2 + x *
      (S_ * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2 + (1 - a * mu ^ 2 / (S_ * b *
      mu + a * mu ^ 2 + sigma2)) ^ 2))
  (* assumed: x <= a: a bounds E‖x − x*‖² *)
  (H_x_a : x <= a)
  : a_next <= a * (S_ * b * mu + sigma2) / (S_ * b * mu + a * mu ^ 2 + sigma2).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = b - a)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (b - a)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_b : b = a + s_slack).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= sigma2 * a ^ 2 * mu ^ 2 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2 + x * (S_
      * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2 + (1 - a * mu ^ 2 / (S_ * b * mu +
      a * mu ^ 2 + sigma2)) ^ 2) - a_next).
  { exact (room _ _ H_recursion). }
  assert (fact_2 : 0 <= a - x).
  { exact (room _ _ H_x_a). }
  assert (multiplier_2 : 0 <= (S_ ^ 2 * b ^ 2 * mu ^ 2 + S_ * a ^ 2 * mu ^ 3 + 2 * S_ * b * mu *
      sigma2 + sigma2 ^ 2) / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2).
  { rewrite ?chart_b. written ((S_ ^ 2 * a ^ 2 * mu ^ 2 + 2 * a * s_slack * S_ ^ 2 * mu ^ 2 + S_ ^ 2
      * s_slack ^ 2 * mu ^ 2 + S_ * a ^ 2 * mu ^ 3 + 2 * S_ * a * mu * sigma2 + 2 * S_ * s_slack *
      mu * sigma2 + sigma2 ^ 2) / (S_ * a * mu + S_ * s_slack * mu + a * mu ^ 2 + sigma2) ^ 2).
      sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= b - a).
  { generalize in_range_a_b. lra. }
  assert (multiplier_3 : 0 <= S_ * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2).
  { rewrite ?chart_b. written (S_ * a ^ 2 * mu ^ 3 / (S_ * a * mu + S_ * s_slack * mu + a * mu ^ 2 +
      sigma2) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (0 < S_ * b * mu + a * mu ^ 2 + sigma2).
  { rewrite ?chart_b. written ((S_ * a * mu + S_ * s_slack * mu + a * mu ^ 2 + sigma2)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * a ^ 2 * mu ^ 2 / (S_ * b * mu + a *
      mu ^ 2 + sigma2) ^ 2 + x * (S_ * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2 + (1
      - a * mu ^ 2 / (S_ * b * mu + a * mu ^ 2 + sigma2)) ^ 2) - a_next) + ((S_ ^ 2 * b ^ 2 * mu ^ 2
      + S_ * a ^ 2 * mu ^ 3 + 2 * S_ * b * mu * sigma2 + sigma2 ^ 2) / (S_ * b * mu + a * mu ^ 2 +
      sigma2) ^ 2) * (a - x) + (S_ * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 + sigma2) ^ 2) * (b
      - a)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: F(x) = μ/2 ‖x‖², variance μS‖x‖² + σ², with b = a = x. *)
Theorem growing_best_steps_attained
  (mu : R) (* the strong convexity μ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (a : R) (* a, at least E‖x − x*‖² *)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* a, at least E‖x − x*‖² *)
  (a_sign : 0 < a)
  : exists b : R, exists a_next : R, exists x : R, 
    (* b, at least a *) (0 < b) /\
    (* a <= b *) (0 <= b - a) /\
    (* recursion: the recursion with γ = μa/(μ²a + N) *) (a_next <= sigma2 * a ^ 2 * mu ^ 2 / (S_ *
        b * mu + a * mu ^ 2 + sigma2) ^ 2 + x * (S_ * a ^ 2 * mu ^ 3 / (S_ * b * mu + a * mu ^ 2 +
        sigma2) ^ 2 + (1 - a * mu ^ 2 / (S_ * b * mu + a * mu ^ 2 + sigma2)) ^ 2)) /\
    (* x <= a: a bounds E‖x − x*‖² *) (x <= a) /\
    (* attained *) (a_next = a * (S_ * b * mu + sigma2) / (S_ * b * mu + a * mu ^ 2 + sigma2)).
Proof.
  assert (b_sign : 0 < a) by sign.
  assert (in_range_a_b : a <= a) by (apply Req_le; identity).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = a - a)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (a - a)).
    apply Rmult_le_pos; [ sign | lra ]. }
  exists (a).
  exists (a * (S_ * a * mu + sigma2) / (S_ * a * mu + a * mu ^ 2 + sigma2)).
  exists (a).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < S_ * a * mu
      + a * mu ^ 2 + sigma2). { rewrite ?chart_b. written ((S_ * a * mu + a * mu ^ 2 + sigma2)).
      sign. } apply less. written (a). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < S_ * a * mu
      + a * mu ^ 2 + sigma2). { rewrite ?chart_b. written ((S_ * a * mu + a * mu ^ 2 + sigma2)).
      sign. } apply at_most. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < S_ * a * mu
      + a * mu ^ 2 + sigma2). { rewrite ?chart_b. written ((S_ * a * mu + a * mu ^ 2 + sigma2)).
      sign. } apply at_most. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < S_ * a * mu
      + a * mu ^ 2 + sigma2). { rewrite ?chart_b. written ((S_ * a * mu + a * mu ^ 2 + sigma2)).
      sign. } apply at_most. written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < S_ * a * mu
      + a * mu ^ 2 + sigma2). { rewrite ?chart_b. written ((S_ * a * mu + a * mu ^ 2 + sigma2)).
      sign. } apply equal. match goal with |- ?here = 0 => replace here with 0 by identity end.
      reflexivity. }
Qed.

Print Assumptions growing_best_steps.

Print Assumptions growing_best_steps_attained.
