(* One round of latest updates decreases the value, up to the staleness. *)
(* F = Σ d_i f_i is L-smooth, values measured from a lower bound; x⁺ = x − γg, g = Σ d_i h_i⁺ with
    the memory after the reports; a = h_i⁺ − ∇f_i(x), E Σ d_i‖a‖² <= (1 − p)H. Products are means
    over clients with weights d_i, and expectations. *)
(* Reference: Gu et al. (MIFA, NeurIPS 2021); here one gradient a round, no local steps, and other
    constants. *)

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

(* One round of latest updates decreases the value, up to the staleness *)
Theorem latest_round
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (p : R) (* the least probability p that a client reports *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (norm2_g : R) (* E‖g‖² of the biased step *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (F_next : R) (* F⁺ *)
  (norm2_a : R) (* ‖a‖² *)
  (a_dot_g : R) (* ⟨a,g⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (g_dot_gradF : R) (* ⟨g,∇F⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: E‖g‖² of the biased step *)
  (norm2_g_sign : 0 <= norm2_g)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + gamma * g_dot_gradF <= F + L * norm2_g * gamma ^ 2 / 2)
  (* assumed: mean: g − ∇F(x) = Σ d_i a, and it is the same for all *)
  (H_mean : a_dot_g + 2 * g_dot_gradF = norm2_g + norm2_gradF + a_dot_gradF)
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i *)
  (H_refreshed : norm2_a <= H * (1 - p))
  (* squared norm: a squared norm: ‖a - g + ∇F‖² *)
  (H_square : 0 <= norm2_a + norm2_g + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 *
      g_dot_gradF)
  : F_next <= F + H * gamma * (1 - p) / 2 - gamma * norm2_g * (1 - L * gamma) / 2 - gamma *
      norm2_gradF / 2.
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * norm2_g * gamma ^ 2 / 2 - (F_next + gamma * g_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : a_dot_g + 2 * g_dot_gradF - (norm2_g + norm2_gradF + a_dot_gradF) = 0).
  { exact (same _ _ H_mean). }
  assert (part_2 := times_zero (gamma) _ fact_2).
  assert (fact_3 : 0 <= H * (1 - p) - norm2_a).
  { exact (room _ _ H_refreshed). }
  assert (multiplier_3 : 0 <= gamma / 2).
  { rewrite ?chart_p. written ((1 / 2) * gamma). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_a + norm2_g + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 *
      g_dot_gradF).
  { exact H_square. }
  assert (multiplier_4 : 0 <= gamma / 2).
  { rewrite ?chart_p. written ((1 / 2) * gamma). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * norm2_g * gamma ^ 2 / 2 - (F_next +
      gamma * g_dot_gradF)) + gamma * (a_dot_g + 2 * g_dot_gradF - (norm2_g + norm2_gradF +
      a_dot_gradF)) + (gamma / 2) * (H * (1 - p) - norm2_a) + (gamma / 2) * (norm2_a + norm2_g +
      norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 * g_dot_gradF)) by identity end.
  parts.
  }
Qed.

Print Assumptions latest_round.
