(* A client's gradient is near its gradient at the optimum where its value is. *)
(* f is convex and L_i-smooth, δ = ∇f(x) − ∇f(x* ), D = f(x) − f(x* ) − ⟨∇f(x* ), x − x*⟩; d is the
    client's weight in F, c that of its squared gradient in the variance of a step. *)
(* Reference: Nesterov (2004), theorem 2.1.5. *)

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

(* A client's gradient is near its gradient at the optimum where its value is *)
Theorem gradient_gap
  (L_i : R) (* the smoothness L_i of the client *)
  (d : R) (* the weight d *)
  (c : R) (* the weight c in the variance *)
  (M : R) (* the slope M, at least c_i L_i / d_i *)
  (D : R) (* the divergence D *)
  (norm2_delta : R) (* ‖δ‖² *)
  (* range: the smoothness L_i of the client *)
  (L_i_sign : 0 < L_i)
  (* range: the weight d *)
  (d_sign : 0 < d)
  (* range: the weight c in the variance *)
  (c_sign : 0 <= c)
  (* range: the slope M, at least c_i L_i / d_i *)
  (M_sign : 0 <= M)
  (* range: the divergence D *)
  (D_sign : 0 <= D)
  (* condition: c L_i <= M d *)
  (in_range_c_L_i_M_d : L_i * c <= M * d)
  (* assumed: f less its tangent at x*: interpolation inequality of smooth strongly convex functions
      *)
  (H_f_less_its_tangent_at_x_star : norm2_delta <= 2 * D * L_i)
  (* assumed: D >= 0: f is convex, above its tangent *)
  (H_D_0 : 0 <= D)
  : c * norm2_delta <= 2 * D * M * d.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = M * d - L_i * c)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (M * d - (L_i * c))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_M : M = (L_i * c + s_slack) / d).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 2 * D * L_i - norm2_delta).
  { exact (room _ _ H_f_less_its_tangent_at_x_star). }
  assert (multiplier_1 : 0 <= c).
  { rewrite ?chart_M. written (c). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= D - 0).
  { exact (room _ _ H_D_0). }
  assert (multiplier_2 : 0 <= - 2 * (L_i * c - M * d)).
  { rewrite ?chart_M. written (2 * s_slack). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (c * (2 * D * L_i - norm2_delta) + (- 2 * (L_i
      * c - M * d)) * (D - 0)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: f(x) = L_i/2 ‖x‖² with c L_i = M d. *)
Theorem gradient_gap_attained
  (L_i : R) (* the smoothness L_i of the client *)
  (d : R) (* the weight d *)
  (c : R) (* the weight c in the variance *)
  (D : R) (* the divergence D *)
  (* the smoothness L_i of the client *)
  (L_i_sign : 0 < L_i)
  (* the weight d *)
  (d_sign : 0 < d)
  (* the weight c in the variance *)
  (c_sign : 0 <= c)
  (* the divergence D *)
  (D_sign : 0 <= D)
  : exists M : R, exists norm2_delta : R, 
    (* the slope M, at least c_i L_i / d_i *) (0 <= M) /\
    (* c L_i <= M d *) (0 <= M * d - L_i * c) /\
    (* f less its tangent at x*: interpolation inequality of smooth strongly convex functions *)
        (norm2_delta <= 2 * D * L_i) /\
    (* D >= 0: f is convex, above its tangent *) (0 <= D) /\
    (* attained *) (c * norm2_delta = 2 * D * M * d).
Proof.
  assert (M_sign : 0 <= (L_i * c / d)) by sign.
  assert (in_range_c_L_i_M_d : L_i * c <= (L_i * c / d) * d) by (apply Req_le; identity).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (L_i * c / d) * d - L_i * c)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * ((L_i * c / d) * d - (L_i * c))).
    apply Rmult_le_pos; [ sign | lra ]. }
  exists (L_i * c / d).
  exists (2 * D * L_i).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (L_i * c / d). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (D). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions gradient_gap.

Print Assumptions gradient_gap_attained.
