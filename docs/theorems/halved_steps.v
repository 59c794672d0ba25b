(* Step sizes c/(g + t) at most halve within fewer than g rounds. *)
(* γ_t = c/(g + t); j rounds after t₀, with j <= K − 1 and K <= g. *)
(* Reference: Li et al. (ICLR 2020), lemma 3. *)

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

(* Step sizes c/(g + t) at most halve within fewer than g rounds *)
Theorem halved_steps
  (c : R) (* the scale c *)
  (g : R) (* the offset g *)
  (t0 : nat) (* the round t₀ *)
  (j : nat) (* the rounds j since then *)
  (K : nat) (* the local steps K *)
  (* range: the scale c *)
  (c_sign : 0 < c)
  (* range: the offset g *)
  (g_sign : 0 < g)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* condition: j <= K − 1 *)
  (in_range_j_K_1 : INR j <= INR K - 1)
  (* condition: g >= K *)
  (in_range_g_K : INR K <= g)
  : c / (g + INR t0) <= 2 * c / (g + INR j + INR t0).
Proof.
  pose proof (pos_INR t0).
  pose proof (pos_INR j).
  pose proof (pos_INR K).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = INR K - INR j - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1 - (INR j))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = g - INR K)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (g - (INR K))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = INR j + s_slack + 1).
  { rewrite ?s_slack_def. identity. }
  assert (chart_g : g = INR j + k_slack + s_slack + 1).
  { rewrite ?s_slack_def, ?k_slack_def. identity. }
  {
  assert (fact_1 : 0 <= c * (g + INR t0 - INR j)).
  { rewrite ?chart_K, ?chart_g. written (c * (k_slack + s_slack + INR t0 + 1)). sign. }
  assert (multiplier_1 : 0 <= 1 / ((g + INR t0) * (g + INR j + INR t0))).
  { rewrite ?chart_K, ?chart_g. written (1 / ((INR j + k_slack + s_slack + INR t0 + 1) * (2 * INR j
      + k_slack + s_slack + INR t0 + 1))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (0 < g + INR t0).
  { rewrite ?chart_K, ?chart_g. written ((INR j + k_slack + s_slack + INR t0 + 1)). sign. }
  assert (0 < g + INR j + INR t0).
  { rewrite ?chart_K, ?chart_g. written ((2 * INR j + k_slack + s_slack + INR t0 + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / ((g + INR t0) * (g + INR j + INR t0))) *
      (c * (g + INR t0 - INR j))) by identity end.
  parts.
  }
Qed.

Print Assumptions halved_steps.
