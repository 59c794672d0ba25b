(* The greatest gain in the cost Σ a²/p over uniform probabilities, from the scores' range. *)
(* N clients with scores a of mean ā and squared coefficient of variation χ; at most m draws
    expected in a round; products are means over clients. Every score is between l and h. χ is what
    uniform probabilities cost more than the optimum without caps, as a share of its cost Σ a²/p;
    the variance is Σ a² less. *)
(* Reference: Kantorovich's inequality; Chen, Horváth, Richtárik (TMLR 2022). *)

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

(* The greatest gain in the cost Σ a²/p over uniform probabilities, from the scores' range *)
Theorem greatest_gain
  (l : R) (* the least score l *)
  (h : R) (* the greatest score h *)
  (a_bar : R) (* the mean score ā *)
  (chi : R) (* χ *)
  (norm2_n1 : R) (* ‖1‖² *)
  (norm2_a : R) (* ‖a‖² *)
  (n1_dot_a : R) (* ⟨1,a⟩ *)
  (* range: the least score l *)
  (l_sign : 0 < l)
  (* range: the greatest score h *)
  (h_sign : 0 < h)
  (* range: the mean score ā *)
  (a_bar_sign : 0 < a_bar)
  (* condition: h >= l *)
  (in_range_h_l : l <= h)
  (* assumed: mean: ā is the mean of the scores *)
  (H_mean : a_bar = n1_dot_a)
  (* assumed: one: the mean of 1² is 1 *)
  (H_one : norm2_n1 = 1)
  (* assumed: variation: χ is the mean of (a/ā − 1)² *)
  (H_variation : chi + 2 * n1_dot_a / a_bar = norm2_n1 + norm2_a / a_bar ^ 2)
  (* assumed: range: (h − a)(a − l) >= 0 for every score *)
  (H_range : h * l * norm2_n1 + norm2_a <= h * n1_dot_a + l * n1_dot_a)
  : chi <= (h - l) ^ 2 / (4 * h * l).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = h - l)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (h - l)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_h : h = l + s_slack).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : a_bar - n1_dot_a = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero ((h + l - 2 * a_bar) / a_bar ^ 2) _ fact_1).
  assert (fact_2 : norm2_n1 - 1 = 0).
  { exact (same _ _ H_one). }
  assert (part_2 := times_zero ((h * l - a_bar ^ 2) / a_bar ^ 2) _ fact_2).
  assert (fact_3 : chi + 2 * n1_dot_a / a_bar - (norm2_n1 + norm2_a / a_bar ^ 2) = 0).
  { exact (same _ _ H_variation). }
  assert (part_3 := times_zero (- 1) _ fact_3).
  assert (fact_4 : 0 <= h * n1_dot_a + l * n1_dot_a - (h * l * norm2_n1 + norm2_a)).
  { exact (room _ _ H_range). }
  assert (multiplier_4 : 0 <= 1 / a_bar ^ 2).
  { rewrite ?chart_h. written (1 / a_bar ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= (a_bar * (h + l) - 2 * h * l) ^ 2).
  { apply pow2_ge_0. }
  assert (multiplier_5 : 0 <= 1 / (4 * h * l * a_bar ^ 2)).
  { rewrite ?chart_h. written ((1 / 4) / (l * a_bar ^ 2 * (l + s_slack))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((h + l - 2 * a_bar) / a_bar ^ 2) * (a_bar -
      n1_dot_a) + ((h * l - a_bar ^ 2) / a_bar ^ 2) * (norm2_n1 - 1) + (- 1) * (chi + 2 * n1_dot_a /
      a_bar - (norm2_n1 + norm2_a / a_bar ^ 2)) + (1 / a_bar ^ 2) * (h * n1_dot_a + l * n1_dot_a -
      (h * l * norm2_n1 + norm2_a)) + (1 / (4 * h * l * a_bar ^ 2)) * ((a_bar * (h + l) - 2 * h * l)
      ^ 2)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: scores l and h alone, of mean 2lh/(l + h). *)
Theorem greatest_gain_attained
  (l : R) (* the least score l *)
  (h : R) (* the greatest score h *)
  (h_above : 0 < h)
  (* the least score l *)
  (l_sign : 0 < l)
  (* the greatest score h *)
  (h_sign : 0 < h)
  (* h >= l *)
  (in_range_h_l : l <= h)
  : exists a_bar : R, exists chi : R, exists norm2_n1 : R, exists norm2_a : R, exists n1_dot_a : R, 
    (* the mean score ā *) (0 < a_bar) /\
    (* mean: ā is the mean of the scores *) (a_bar = n1_dot_a) /\
    (* one: the mean of 1² is 1 *) (norm2_n1 = 1) /\
    (* variation: χ is the mean of (a/ā − 1)² *) (chi + 2 * n1_dot_a / a_bar = norm2_n1 + norm2_a /
        a_bar ^ 2) /\
    (* range: (h − a)(a − l) >= 0 for every score *) (h * l * norm2_n1 + norm2_a <= h * n1_dot_a + l
        * n1_dot_a) /\
    (* attained *) (chi = (h - l) ^ 2 / (4 * h * l)).
Proof.
  assert (a_bar_sign : 0 < (2 * h * l / (h + l))) by sign.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = h - l)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (h - l)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_h : h = l + s_slack).
  { rewrite ?s_slack_def. identity. }
  exists (2 * h * l / (h + l)).
  exists ((h - l) ^ 2 / (4 * h * l)).
  exists (1).
  exists (h * l).
  exists (2 * h * l / (h + l)).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply less. rewrite ?chart_h. written
      (2 * l * (l + s_slack) / (2 * l + s_slack)). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply equal. match goal with |- ?here =
      0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply equal. match goal with |- ?here =
      0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply equal. match goal with |- ?here =
      0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply at_most. rewrite ?chart_h.
      written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < h + l). {
      rewrite ?chart_h. written ((2 * l + s_slack)). sign. } apply equal. match goal with |- ?here =
      0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions greatest_gain.

Print Assumptions greatest_gain_attained.
