(* Cocoercivity of the gradient at the minimiser. *)
(* F is L-smooth and μ-strongly convex, x* its minimiser, e = x − x*. *)
(* Reference: Nesterov (2004), theorem 2.1.12; Taylor, Hendrickx, Glineur (2017), theorem 4. *)

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

(* Cocoercivity of the gradient at the minimiser *)
Theorem cocoercivity
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (e_dot_gradF : R) (* ⟨∇F(x), e⟩ *)
  (DeltaF : R) (* ΔF *)
  (norm2_e : R) (* ‖e‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: ⟨∇F(x), e⟩ *)
  (e_dot_gradF_sign : 0 <= e_dot_gradF)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* assumed: from x* to x: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_star_to_x : L * mu * norm2_e + 2 * DeltaF * mu + norm2_gradF <= 2 * L * DeltaF + 2 * mu
      * e_dot_gradF)
  (* assumed: from x to x*: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_to_x_star : 2 * L * DeltaF + L * mu * norm2_e + norm2_gradF <= 2 * L * e_dot_gradF + 2 *
      DeltaF * mu)
  : L * mu * norm2_e + norm2_gradF <= e_dot_gradF * (L + mu).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 2 * L * DeltaF + 2 * mu * e_dot_gradF - (L * mu * norm2_e + 2 * DeltaF * mu
      + norm2_gradF)).
  { exact (room _ _ H_from_x_star_to_x). }
  assert (multiplier_1 : 0 <= 1 / 2).
  { rewrite ?chart_L. written ((1 / 2)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= 2 * L * e_dot_gradF + 2 * DeltaF * mu - (2 * L * DeltaF + L * mu * norm2_e +
      norm2_gradF)).
  { exact (room _ _ H_from_x_to_x_star). }
  assert (multiplier_2 : 0 <= 1 / 2).
  { rewrite ?chart_L. written ((1 / 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / 2) * (2 * L * DeltaF + 2 * mu *
      e_dot_gradF - (L * mu * norm2_e + 2 * DeltaF * mu + norm2_gradF)) + (1 / 2) * (2 * L *
      e_dot_gradF + 2 * DeltaF * mu - (2 * L * DeltaF + L * mu * norm2_e + norm2_gradF))) by
      identity end.
  parts.
  }
Qed.

(* The bound is attained: F(x) = μ/2 ‖x‖². *)
Theorem cocoercivity_attained
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (norm2_e : R) (* ‖e‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* L >= μ *)
  (in_range_L_mu : mu <= L)
  : exists e_dot_gradF : R, exists DeltaF : R, exists norm2_gradF : R, 
    (* ⟨∇F(x), e⟩ *) (0 <= e_dot_gradF) /\
    (* from x* to x: interpolation inequality of smooth strongly convex functions *) (L * mu *
        norm2_e + 2 * DeltaF * mu + norm2_gradF <= 2 * L * DeltaF + 2 * mu * e_dot_gradF) /\
    (* from x to x*: interpolation inequality of smooth strongly convex functions *) (2 * L * DeltaF
        + L * mu * norm2_e + norm2_gradF <= 2 * L * e_dot_gradF + 2 * DeltaF * mu) /\
    (* attained *) (L * mu * norm2_e + norm2_gradF = e_dot_gradF * (L + mu)).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  exists (mu * norm2_e).
  exists (mu * norm2_e / 2).
  exists (norm2_e * mu ^ 2).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L. written (mu * norm2_e). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L. written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions cocoercivity.

Print Assumptions cocoercivity_attained.
