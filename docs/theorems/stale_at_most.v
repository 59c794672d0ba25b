(* With the best multiple the variance is at most that of how stale the update is. *)
(* X = βh + (G − βh)/p with probability p, else βh; G is the fresh and h the last update of the
    client. The multiple is the best, β = ⟨G, h⟩/‖h‖² (StaleVR); with β = 1 (FedVARP) the right side
    is its variance. *)
(* Reference: Zhang et al. (arXiv 2504.05138); Jhunjhunwala et al. (UAI 2022). *)

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

(* With the best multiple the variance is at most that of how stale the update is *)
Theorem stale_at_most
  (p : R) (* the probability p *)
  (norm2_G : R) (* ‖G‖² *)
  (norm2_h : R) (* ‖h‖² *)
  (G_dot_h : R) (* ⟨G, h⟩ *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: ‖G‖² *)
  (norm2_G_sign : 0 <= norm2_G)
  (* range: ‖h‖² *)
  (norm2_h_sign : 0 < norm2_h)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  : G_dot_h ^ 2 / norm2_h + norm2_G / p - norm2_G - G_dot_h ^ 2 / (p * norm2_h) <= (1 / p - 1) *
      (norm2_G + norm2_h - 2 * G_dot_h).
Proof.
  assert (exists r_slack, 0 <= r_slack /\ r_slack = 1 / p - 1)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (r_slack + 1)).
  { rewrite ?r_slack_def. identity. }
  {
  assert (fact_1 : 0 <= (G_dot_h / norm2_h - 1) ^ 2).
  { apply pow2_ge_0. }
  assert (multiplier_1 : 0 <= - norm2_h * (p - 1) / p).
  { rewrite ?chart_p. written (r_slack * norm2_h). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- norm2_h * (p - 1) / p) * ((G_dot_h /
      norm2_h - 1) ^ 2)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: β = 1 is best. *)
Theorem stale_at_most_attained
  (p : R) (* the probability p *)
  (norm2_h : R) (* ‖h‖² *)
  (any_norm2_G : R) (* any number in the place of ‖G‖² *)
  (any_norm2_G_sign : 0 <= any_norm2_G)
  (* the probability p *)
  (p_sign : 0 < p)
  (* ‖h‖² *)
  (norm2_h_sign : 0 < norm2_h)
  (* p <= 1 *)
  (in_range_p_1 : p <= 1)
  : exists norm2_G : R, exists G_dot_h : R, 
    (* ‖G‖² *) (0 <= norm2_G) /\
    (* attained *) (G_dot_h ^ 2 / norm2_h + norm2_G / p - norm2_G - G_dot_h ^ 2 / (p * norm2_h) = (1
        / p - 1) * (norm2_G + norm2_h - 2 * G_dot_h)).
Proof.
  assert (exists r_slack, 0 <= r_slack /\ r_slack = 1 / p - 1)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (r_slack + 1)).
  { rewrite ?r_slack_def. identity. }
  exists (any_norm2_G + norm2_h).
  exists (norm2_h).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_p. written ((any_norm2_G + norm2_h)). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions stale_at_most.

Print Assumptions stale_at_most_attained.
