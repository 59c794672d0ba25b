(* A priced processor at its cap costs at least M²/c + cr². *)
(* A processor of total score M is drawn with probability q; a draw costs r². Its probability is at
    most c, and M >= c r. *)
(* Reference: Bretthauer and Shetty (Oper. Res. 1995). *)

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

(* A priced processor at its cap costs at least M²/c + cr² *)
Theorem water_filling_capped
  (M : R) (* the processor's total score M *)
  (r : R) (* the price r *)
  (q : R) (* the total probability q *)
  (c : R) (* the cap c *)
  (* range: the processor's total score M *)
  (M_sign : 0 < M)
  (* range: the price r *)
  (r_sign : 0 <= r)
  (* range: the total probability q *)
  (q_sign : 0 < q)
  (* range: the cap c *)
  (c_sign : 0 < c)
  (* condition: q <= c *)
  (in_range_q_c : q <= c)
  (* condition: M >= c r *)
  (in_range_M_c_r : c * r <= M)
  : M ^ 2 / c + c * r ^ 2 <= M ^ 2 / q + q * r ^ 2.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = c - q)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (c - q)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = M - c * r)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (M - (c * r))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_c : c = q + s_slack).
  { rewrite ?s_slack_def. identity. }
  assert (chart_M : M = k_slack + r * (q + s_slack)).
  { rewrite ?s_slack_def, ?k_slack_def. identity. }
  {
  apply at_most. rewrite ?chart_c, ?chart_M. written (s_slack * (k_slack ^ 2 + 2 * k_slack * q * r +
      2 * k_slack * r * s_slack + q * s_slack * r ^ 2 + r ^ 2 * s_slack ^ 2) / (q * (q + s_slack))).
      sign.
  }
Qed.

(* The bound is attained: q = c. *)
Theorem water_filling_capped_attained
  (M : R) (* the processor's total score M *)
  (r : R) (* the price r *)
  (q : R) (* the total probability q *)
  (* the processor's total score M *)
  (M_sign : 0 < M)
  (* the price r *)
  (r_sign : 0 <= r)
  (* the total probability q *)
  (q_sign : 0 < q)
  (* M >= c r *)
  (in_range_M_c_r : q * r <= M)
  : exists c : R, 
    (* the cap c *) (0 < c) /\
    (* q <= c *) (0 <= c - q) /\
    (* attained *) (M ^ 2 / c + c * r ^ 2 = M ^ 2 / q + q * r ^ 2).
Proof.
  assert (c_sign : 0 < q) by sign.
  assert (in_range_q_c : q <= q) by (apply Req_le; identity).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = q - q)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (q - q)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = M - q * r)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (M - (q * r))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_M : M = k_slack + r * (q + s_slack)).
  { rewrite ?s_slack_def, ?k_slack_def. identity. }
  exists (q).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply less. rewrite
      ?chart_M. written (q). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_M. written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions water_filling_capped.

Print Assumptions water_filling_capped_attained.
