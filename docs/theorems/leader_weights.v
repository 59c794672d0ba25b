(* The column drift of two leaders, from their weights. *)
(* P = (1 − w_N − w_τ)W + w_N B + w_τ D, W doubly stochastic, B and D row-stochastic with column
    drifts δ_B and δ_D; δ = w_N δ_B + w_τ δ_D because W has none. *)
(* Reference: He, Wang, Choromanska (AL-DSGD, 2024). *)

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

(* The column drift of two leaders, from their weights *)
Theorem leader_weights
  (w_N : R) (* the weight w_N *)
  (w_tau : R) (* the weight w_τ *)
  (norm2_delta_B : R) (* ‖δ_B‖² *)
  (norm2_delta_D : R) (* ‖δ_D‖² *)
  (delta_B_dot_delta_D : R) (* ⟨δ_B,δ_D⟩ *)
  (* range: the weight w_N *)
  (w_N_sign : 0 <= w_N)
  (* range: the weight w_τ *)
  (w_tau_sign : 0 <= w_tau)
  (* range: ‖δ_B‖² *)
  (norm2_delta_B_sign : 0 <= norm2_delta_B)
  (* range: ‖δ_D‖² *)
  (norm2_delta_D_sign : 0 <= norm2_delta_D)
  (* squared norm: a squared norm: ‖δ_B - δ_D‖² *)
  (H_square : 0 <= norm2_delta_B + norm2_delta_D - 2 * delta_B_dot_delta_D)
  : norm2_delta_B * w_N ^ 2 + 2 * w_N * w_tau * delta_B_dot_delta_D + norm2_delta_D * w_tau ^ 2 <=
      (w_N + w_tau) * (w_N * norm2_delta_B + w_tau * norm2_delta_D).
Proof.
  {
  assert (fact_1 : 0 <= norm2_delta_B + norm2_delta_D - 2 * delta_B_dot_delta_D).
  { exact H_square. }
  assert (multiplier_1 : 0 <= w_N * w_tau).
  { written (w_N * w_tau). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((w_N * w_tau) * (norm2_delta_B + norm2_delta_D
      - 2 * delta_B_dot_delta_D)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: δ_B = δ_D. *)
Theorem leader_weights_attained
  (w_N : R) (* the weight w_N *)
  (w_tau : R) (* the weight w_τ *)
  (norm2_delta_B : R) (* ‖δ_B‖² *)
  (* the weight w_N *)
  (w_N_sign : 0 <= w_N)
  (* the weight w_τ *)
  (w_tau_sign : 0 <= w_tau)
  (* ‖δ_B‖² *)
  (norm2_delta_B_sign : 0 <= norm2_delta_B)
  : exists norm2_delta_D : R, exists delta_B_dot_delta_D : R, 
    (* ‖δ_D‖² *) (0 <= norm2_delta_D) /\
    (* a squared norm: ‖δ_B - δ_D‖² *) (0 <= norm2_delta_B + norm2_delta_D - 2 *
        delta_B_dot_delta_D) /\
    (* attained *) (norm2_delta_B * w_N ^ 2 + 2 * w_N * w_tau * delta_B_dot_delta_D + norm2_delta_D
        * w_tau ^ 2 = (w_N + w_tau) * (w_N * norm2_delta_B + w_tau * norm2_delta_D)).
Proof.
  assert (norm2_delta_D_sign : 0 <= norm2_delta_B) by sign.
  exists (norm2_delta_B).
  exists (norm2_delta_B).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (norm2_delta_B). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions leader_weights.

Print Assumptions leader_weights_attained.
