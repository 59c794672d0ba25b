(* One step along the clients that were chosen, by their losses say. *)
(* F = Σ d_i f_i with minimiser w*, every f_i is L-smooth, μ-strongly convex and at least f_i*; w⁺ =
    w − ηg, g is the mean of ∇f_i(w) over the chosen; R, R⋆ are the means of f_i − f_i* at w and at
    w*, both over the clients that are chosen at w; Γ = F* − Σ d_i f_i*, φ = F(w) − F*, e = w − w*.
    Products of vectors and values stand for their expectations given w. *)
(* Reference: Cho, Wang, Joshi (AISTATS 2022). *)

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

(* The squared norm of a mean is at most the mean of the squared norms *)
Lemma mean_over_clients
  (norm2_b : R) (* Σ d_k ‖b_k‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: Σ d_k ‖b_k‖² *)
  (norm2_b_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖b - m‖² *)
  (H_square : 0 <= norm2_b + norm2_m - 2 * b_dot_m)
  : norm2_m <= norm2_b.
Proof.
  {
  assert (fact_1 : b_dot_m - norm2_m = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2) _ fact_1).
  assert (fact_2 : 0 <= norm2_b + norm2_m - 2 * b_dot_m).
  { exact H_square. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (2 * (b_dot_m - norm2_m) + (norm2_b + norm2_m -
      2 * b_dot_m)) by identity end.
  parts.
  }
Qed.

(* The gradient of a smooth function that is bounded below *)
Lemma bounded_gradient
  (L : R) (* the smoothness L *)
  (F : R) (* F(x) above its lower bound *)
  (F_next : R) (* F⁺ *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* assumed: smoothness: descent lemma, f is L-smooth *)
  (H_smoothness : F_next + norm2_gradF / (2 * L) <= F)
  (* assumed: f⁺ >= f*: f* is a lower bound *)
  (H_f_next_f_star : 0 <= F_next)
  : norm2_gradF <= 2 * F * L.
Proof.
  {
  assert (fact_1 : 0 <= F - (F_next + norm2_gradF / (2 * L))).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_1 : 0 <= 2 * L).
  { written (2 * L). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= F_next - 0).
  { exact (room _ _ H_f_next_f_star). }
  assert (multiplier_2 : 0 <= 2 * L).
  { written (2 * L). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * L) * (F - (F_next + norm2_gradF / (2 *
      L))) + (2 * L) * (F_next - 0)) by identity end.
  parts.
  }
Qed.

(* One step along the clients that were chosen, by their losses say *)
Theorem skewed_step
  (L : R) (* the smoothness L of every client's f_i *)
  (mu : R) (* the strong convexity μ *)
  (eta : R) (* the step size η *)
  (norm2_e : R) (* ‖w − w*‖² *)
  (Gamma : R) (* Γ = F* − Σ d_i f_i* *)
  (rho_bar : R) (* ρ̄, at most E R/(F(w) − Σ d_i f_i* ), R the mean of f_i(w) − f_i* over those
      chosen at w *)
  (rho : R) (* ρ̃, at least E R⋆/Γ, R⋆ the mean of f_i(w* ) − f_i* over those chosen at w *)
  (E_Q : R) (* E[Q] *)
  (R_ : R) (* R *)
  (R_2 : R) (* R⋆ *)
  (phi : R) (* φ *)
  (norm2_g : R) (* ‖g‖² *)
  (e_dot_g : R) (* ⟨e,g⟩ *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (F_next : R) (* F⁺ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: ‖w − w*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* range: Γ = F* − Σ d_i f_i* *)
  (Gamma_sign : 0 <= Gamma)
  (* range: ρ̄, at most E R/(F(w) − Σ d_i f_i* ), R the mean of f_i(w) − f_i* over those chosen at w
      *)
  (rho_bar_sign : 0 <= rho_bar)
  (* range: ρ̃, at least E R⋆/Γ, R⋆ the mean of f_i(w* ) − f_i* over those chosen at w *)
  (rho_sign : 0 <= rho)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: η(L + μρ̄) <= 1 *)
  (in_range_eta_L_murho_bar_1 : eta * (L + mu * rho_bar) <= 1)
  (* assumed: the chosen are strongly convex: so is the mean over the chosen, between w and w* *)
  (H_the_chosen_are_strongly_convex : R_ + mu * norm2_e / 2 <= R_2 + e_dot_g)
  (* squared norm: E[Q] is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_Q_sign : 0 <= E_Q)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of the chosen') *)
  (H_mean : b_dot_m = norm2_g)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of the
      chosen') *)
  (H_square : 0 <= E_Q + norm2_g - 2 * b_dot_m)
  (* squared norm: R is not negative, being a squared norm, a mean of them or an excess *)
  (H_R_sign : 0 <= R_)
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below') *)
  (H_smoothness : F_next + E_Q / (2 * L) <= R_)
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below') *)
  (H_f_next_f_star : 0 <= F_next)
  (* assumed: skew at w: definition of ρ̄; F(w) − Σ d_i f_i* = φ + Γ *)
  (H_skew_at_w : rho_bar * (Gamma + phi) <= R_)
  (* assumed: skew at w*: definition of ρ̃ *)
  (H_skew_at_w_star : R_2 <= Gamma * rho)
  (* assumed: strong convexity: F is μ-strongly convex, least at w* *)
  (H_strong_convexity : mu * norm2_e / 2 <= phi)
  : norm2_g * eta ^ 2 + norm2_e - 2 * eta * e_dot_g <= 2 * Gamma * eta * (rho - rho_bar * (1 - L *
      eta)) + norm2_e * (1 - eta * mu * (rho_bar * (1 - L * eta) + 1)).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / eta - L - mu * rho_bar)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / eta) * (1 - (eta * (L + mu * rho_bar)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_eta : eta = 1 / (s_slack + mu * rho_bar + mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= R_2 + e_dot_g - (R_ + mu * norm2_e / 2)).
  { exact (room _ _ H_the_chosen_are_strongly_convex). }
  assert (multiplier_1 : 0 <= 2 * eta).
  { rewrite ?chart_L, ?chart_eta. written (2 / (s_slack + mu * rho_bar + mu + ell_slack)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= E_Q - norm2_g).
  { apply room.
  refine ((mean_over_clients E_Q norm2_g b_dot_m _ H_mean H_square)).
  { pose proof H_E_Q_sign. rewrite ?chart_L, ?chart_eta. written ((E_Q)). sign. } }
  assert (multiplier_2 : 0 <= eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (1 / (s_slack + mu * rho_bar + mu + ell_slack) ^ 2). sign.
      }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= 2 * R_ * L - E_Q).
  { apply room.
  refine ((bounded_gradient L R_ F_next E_Q _ _ H_smoothness H_f_next_f_star)).
  { generalize L_sign. cbn [INR]. lra. }
  { pose proof H_R_sign. rewrite ?chart_L, ?chart_eta. written ((R_)). sign. } }
  assert (multiplier_3 : 0 <= eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (1 / (s_slack + mu * rho_bar + mu + ell_slack) ^ 2). sign.
      }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= R_ - (rho_bar * (Gamma + phi))).
  { exact (room _ _ H_skew_at_w). }
  assert (multiplier_4 : 0 <= - 2 * eta * (L * eta - 1)).
  { rewrite ?chart_L, ?chart_eta. written (2 * (s_slack + mu * rho_bar) / (s_slack + mu * rho_bar +
      mu + ell_slack) ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= Gamma * rho - R_2).
  { exact (room _ _ H_skew_at_w_star). }
  assert (multiplier_5 : 0 <= 2 * eta).
  { rewrite ?chart_L, ?chart_eta. written (2 / (s_slack + mu * rho_bar + mu + ell_slack)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= phi - (mu * norm2_e / 2)).
  { exact (room _ _ H_strong_convexity). }
  assert (multiplier_6 : 0 <= - 2 * eta * rho_bar * (L * eta - 1)).
  { rewrite ?chart_L, ?chart_eta. written (2 * rho_bar * (s_slack + mu * rho_bar) / (s_slack + mu *
      rho_bar + mu + ell_slack) ^ 2). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * eta) * (R_2 + e_dot_g - (R_ + mu *
      norm2_e / 2)) + (eta ^ 2) * (E_Q - norm2_g) + (eta ^ 2) * (2 * R_ * L - E_Q) + (- 2 * eta * (L
      * eta - 1)) * (R_ - (rho_bar * (Gamma + phi))) + (2 * eta) * (Gamma * rho - R_2) + (- 2 * eta
      * rho_bar * (L * eta - 1)) * (phi - (mu * norm2_e / 2))) by identity end.
  parts.
  }
Qed.

Print Assumptions skewed_step.
