(* How stale the server's memory is after one round. *)
(* F = Σ d_i f_i, every f_i is L-smooth; the server keeps the last gradient h_i of every client; in
    every round every client reports with probability at least p, whatever happened before, and
    brings one gradient, without local steps; H = Σ d_i‖h_i − ∇f_i(x)‖²; a = h_i⁺ − ∇f_i(x) is 0 for
    a client that reports, up to its batch noise; t = ∇f_i(x) − ∇f_i(x⁺), m = x⁺ − x. Products are
    means over clients with weights d_i, and expectations. *)
(* Reference: Jhunjhunwala et al. (FedVARP, UAI 2022); Zhang et al. (arXiv 2504.05138); Gu et al.
    (MIFA, NeurIPS 2021); here one gradient a round, no local steps, and other constants. *)

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

(* How stale the server's memory is after one round *)
Theorem memory_round
  (L : R) (* the smoothness L of every client's f_i *)
  (p : R) (* the least probability p that a client reports *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (s : R) (* s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (norm2_m : R) (* E‖x⁺ − x‖² *)
  (H_next : R) (* H⁺ *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* range: s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (s_sign : 0 <= s)
  (* range: E‖x⁺ − x‖² *)
  (norm2_m_sign : 0 <= norm2_m)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* assumed: the memory: H⁺ is its mean square *)
  (H_the_memory : H_next = norm2_a + norm2_t + 2 * a_dot_t)
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i *)
  (H_refreshed : norm2_a <= H * (1 - p) + s)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_t <= norm2_m * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² *)
  (H_square : 0 <= norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t)
  : H_next <= norm2_m * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * (H * (1 - p) + s).
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  {
  assert (fact_1 : H_next - (norm2_a + norm2_t + 2 * a_dot_t) = 0).
  { exact (same _ _ H_the_memory). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : 0 <= H * (1 - p) + s - norm2_a).
  { exact (room _ _ H_refreshed). }
  assert (multiplier_2 : 0 <= (p + 2) / 2).
  { rewrite ?chart_p. written ((1 / 2) * (2 * o_slack + 3) / (o_slack + 1)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_m * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_3 : 0 <= (p + 2) / p).
  { rewrite ?chart_p. written ((2 * o_slack + 3)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t).
  { exact H_square. }
  assert (multiplier_4 : 0 <= 1 / (2 * p)).
  { rewrite ?chart_p. written ((1 / 2) * (o_slack + 1)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (H_next - (norm2_a + norm2_t + 2 *
      a_dot_t)) + ((p + 2) / 2) * (H * (1 - p) + s - norm2_a) + ((p + 2) / p) * (norm2_m * L ^ 2 -
      norm2_t) + (1 / (2 * p)) * (norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t)) by identity end.
  parts.
  }
Qed.

Print Assumptions memory_round.
