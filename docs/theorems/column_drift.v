(* Row-stochastic mixing moves the mean by at most column drift times spread. *)
(* x_i⁺ = Σ_j P_ij x_j with P row-stochastic; δ = Pᵀ1/n − 1/n; m = x̄⁺ − x̄; y_j = x_j − x̄, Y = Σ
    ‖y_j‖²; ‖δ‖y and δm/‖δ‖ (0 if δ = 0) are lists of vectors, one a worker. Products of lists are
    sums over workers. *)
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

(* Row-stochastic mixing moves the mean by at most column drift times spread *)
Theorem column_drift
  (norm2_delta : R) (* ‖δ‖², squared *)
  (Y : R) (* Y = Σ ‖x_j − x̄‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (norm2_deltam_delta : R) (* ‖δm/‖δ‖‖² *)
  (norm2_deltay : R) (* ‖‖δ‖y‖² *)
  (deltam_delta_dot_deltay : R) (* ⟨δm/‖δ‖,‖δ‖y⟩ *)
  (* range: ‖δ‖², squared *)
  (norm2_delta_sign : 0 <= norm2_delta)
  (* range: Y = Σ ‖x_j − x̄‖² *)
  (Y_sign : 0 <= Y)
  (* assumed: the mean's move: Σ δ_j = 0 for row-stochastic P, so m = Σ δ_j x_j = Σ δ_j y_j *)
  (H_the_mean_s_move : norm2_m = deltam_delta_dot_deltay)
  (* assumed: the list along δ: Σ (δ_j/‖δ‖)² ‖m‖² <= ‖m‖² *)
  (H_the_list_along_delta : norm2_deltam_delta <= norm2_m)
  (* assumed: the spread: Σ ‖δ‖² ‖y_j‖² = ‖δ‖² Y *)
  (H_the_spread : norm2_deltay = Y * norm2_delta)
  (* squared norm: a squared norm: ‖-δm/‖δ‖ + ‖δ‖y‖² *)
  (H_square : 0 <= norm2_deltam_delta + norm2_deltay - 2 * deltam_delta_dot_deltay)
  : norm2_m <= Y * norm2_delta.
Proof.
  {
  assert (fact_1 : norm2_m - deltam_delta_dot_deltay = 0).
  { exact (same _ _ H_the_mean_s_move). }
  assert (part_1 := times_zero (- 2) _ fact_1).
  assert (fact_2 : 0 <= norm2_m - norm2_deltam_delta).
  { exact (room _ _ H_the_list_along_delta). }
  assert (fact_3 : norm2_deltay - (Y * norm2_delta) = 0).
  { exact (same _ _ H_the_spread). }
  assert (part_3 := times_zero (- 1) _ fact_3).
  assert (fact_4 : 0 <= norm2_deltam_delta + norm2_deltay - 2 * deltam_delta_dot_deltay).
  { exact H_square. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 2) * (norm2_m - deltam_delta_dot_deltay) +
      (norm2_m - norm2_deltam_delta) + (- 1) * (norm2_deltay - (Y * norm2_delta)) +
      (norm2_deltam_delta + norm2_deltay - 2 * deltam_delta_dot_deltay)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: y_j = δ_j m/‖δ‖². *)
Theorem column_drift_attained
  (norm2_delta : R) (* ‖δ‖², squared *)
  (Y : R) (* Y = Σ ‖x_j − x̄‖² *)
  (* ‖δ‖², squared *)
  (norm2_delta_sign : 0 <= norm2_delta)
  (* Y = Σ ‖x_j − x̄‖² *)
  (Y_sign : 0 <= Y)
  : exists norm2_m : R, exists norm2_deltam_delta : R, exists norm2_deltay : R, exists
      deltam_delta_dot_deltay : R,
    (* the mean's move: Σ δ_j = 0 for row-stochastic P, so m = Σ δ_j x_j = Σ δ_j y_j *) (norm2_m =
        deltam_delta_dot_deltay) /\
    (* the list along δ: Σ (δ_j/‖δ‖)² ‖m‖² <= ‖m‖² *) (norm2_deltam_delta <= norm2_m) /\
    (* the spread: Σ ‖δ‖² ‖y_j‖² = ‖δ‖² Y *) (norm2_deltay = Y * norm2_delta) /\
    (* a squared norm: ‖-δm/‖δ‖ + ‖δ‖y‖² *) (0 <= norm2_deltam_delta + norm2_deltay - 2 *
        deltam_delta_dot_deltay) /\
    (* attained *) (norm2_m = Y * norm2_delta).
Proof.
  exists (Y * norm2_delta).
  exists (Y * norm2_delta).
  exists (Y * norm2_delta).
  exists (Y * norm2_delta).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions column_drift.

Print Assumptions column_drift_attained.
