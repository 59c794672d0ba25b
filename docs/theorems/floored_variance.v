(* A floor on the probabilities bounds the variance. *)
(* X = u/p with probability p, else 0; p is at least the floor θ. *)
(* Reference: theorem variance. *)

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

(* A floor on the probabilities bounds the variance *)
Theorem floored_variance
  (p : R) (* the probability p *)
  (theta : R) (* the floor θ *)
  (norm2_u : R) (* ‖u‖² *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: the floor θ *)
  (theta_sign : 0 < theta)
  (* range: ‖u‖² *)
  (norm2_u_sign : 0 <= norm2_u)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* condition: p >= θ *)
  (in_range_p_theta : theta <= p)
  : norm2_u / p - norm2_u <= norm2_u * (1 / theta - 1).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = p - theta)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (p - theta)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = s_slack + theta).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= norm2_u).
  { rewrite ?chart_p. written (norm2_u). sign. }
  assert (multiplier_1 : 0 <= (p - theta) / (p * theta)).
  { rewrite ?chart_p. written (s_slack / (theta * (s_slack + theta))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((p - theta) / (p * theta)) * norm2_u) by
      identity end.
  parts.
  }
Qed.

(* The bound is attained: p = θ. *)
Theorem floored_variance_attained
  (p : R) (* the probability p *)
  (norm2_u : R) (* ‖u‖² *)
  (p_above : 0 < p)
  (* the probability p *)
  (p_sign : 0 < p)
  (* ‖u‖² *)
  (norm2_u_sign : 0 <= norm2_u)
  (* p <= 1 *)
  (in_range_p_1 : p <= 1)
  : exists theta : R, 
    (* the floor θ *) (0 < theta) /\
    (* p >= θ *) (0 <= p - theta) /\
    (* attained *) (norm2_u / p - norm2_u = norm2_u * (1 / theta - 1)).
Proof.
  assert (theta_sign : 0 < p) by sign.
  assert (in_range_p_theta : p <= p) by (apply Req_le; identity).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = p - p)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (p - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  exists (p).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply less. written
      (p). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions floored_variance.

Print Assumptions floored_variance_attained.
