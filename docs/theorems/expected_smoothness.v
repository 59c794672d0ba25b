(* With fixed probabilities the variance of a step grows with the excess value alone. *)
(* F = Σ d_i f_i is L-smooth with minimiser x*, every f_i convex and L_i-smooth; the noise ξ of a
    step has E‖ξ‖² <= E‖ζ‖² + r‖∇F‖²; ζ is linear in the clients' gradients, its draw has the same
    law at every x, and E‖ζ‖² <= Σ c_i ‖g_i‖² for any gradients g_i; ζ⋆ is ζ at x* under the same
    draw; φ = F(x) − F*, X = Σ c_i ‖∇f_i(x) − ∇f_i(x* )‖², Y = Σ d_i D_i with D_i = f_i(x) − f_i(x*
    ) − ⟨∇f_i(x* ), x − x*⟩. *)
(* Reference: Gower, Loizou, Qian, Sailanbayev, Shulgin, Richtárik (ICML 2019). *)

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
(* f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => total k f + f k end.

(* A client's gradient is near its gradient at the optimum where its value is *)
Lemma gradient_gap
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

(* With fixed probabilities the variance of a step grows with the excess value alone *)
Theorem expected_smoothness
  (M : R) (* the slope M, at least c_i L_i / d_i *)
  (L : R) (* the smoothness L *)
  (r : R) (* the weight r of ‖∇F‖² *)
  (theta : R) (* the share θ *)
  (phi : R) (* φ = F(x) − F* *)
  (V : R) (* V⋆, the variance at x* *)
  (X : R) (* X *)
  (Y : R) (* Y *)
  (norm2_zeta : R) (* ‖ζ‖² *)
  (norm2_zeta_ : R) (* ‖ζ⋆‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (zeta_dot_zeta : R) (* ⟨ζ,ζ⋆⟩ *)
  (gradient_gap_number : nat) (* how many: every client *)
  (L_i : nat -> R) (* the smoothness L_i of the client, one a term *)
  (d : nat -> R) (* the weight d, one a term *)
  (c : nat -> R) (* the weight c in the variance, one a term *)
  (D : nat -> R) (* the divergence D, one a term *)
  (norm2_delta : nat -> R) (* ‖δ‖², one a term *)
  (F_next : R) (* F⁺ *)
  (* range: the slope M, at least c_i L_i / d_i *)
  (M_sign : 0 <= M)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the weight r of ‖∇F‖² *)
  (r_sign : 0 <= r)
  (* range: the share θ *)
  (theta_sign : 0 < theta)
  (* range: φ = F(x) − F* *)
  (phi_sign : 0 <= phi)
  (* range: V⋆, the variance at x* *)
  (V_sign : 0 <= V)
  (* assumed: parts of the noise: the variance of the draw, and of the turn where models take turns
      *)
  (H_parts_of_the_noise : norm2_xi <= r * norm2_gradF + norm2_zeta)
  (* assumed: noise of the differences: ζ − ζ⋆ is the noise of the gradients ∇f_i(x) − ∇f_i(x* ) *)
  (H_noise_of_the_differences : norm2_zeta + norm2_zeta_ <= X + 2 * zeta_dot_zeta)
  (* condition: the smoothness L_i of the client, for every client *)
  (H_L_i_sign : forall i : nat, 0 < (L_i i))
  (* condition: the weight d, for every client *)
  (H_d_sign : forall i : nat, 0 < (d i))
  (* condition: the weight c in the variance, for every client *)
  (H_c_sign : forall i : nat, 0 <= (c i))
  (* condition: the divergence D, for every client *)
  (H_D_sign : forall i : nat, 0 <= (D i))
  (* condition: c L_i <= M d, for every client *)
  (H_in_range_c_L_i_M_d : forall i : nat, (L_i i) * (c i) <= M * (d i))
  (* assumed: f less its tangent at x*: interpolation inequality of smooth strongly convex
      functions, for every client *)
  (H_f_less_its_tangent_at_x_star : forall i : nat, (norm2_delta i) <= 2 * (D i) * (L_i i))
  (* assumed: D >= 0: f is convex, above its tangent, for every client *)
  (H_D_0 : forall i : nat, 0 <= (D i))
  (* what is bounded: X is the sum of c*‖δ‖² *)
  (H_X_total : X = total gradient_gap_number (fun i => (c i) * (norm2_delta i)))
  (* what is bounded: Y is the sum of D*d *)
  (H_Y_total : Y = total gradient_gap_number (fun i => (D i) * (d i)))
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth mean') *)
  (H_smoothness : F_next + norm2_gradF / (2 * L) <= phi)
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth mean')
      *)
  (H_f_next_f_star : 0 <= F_next)
  (* assumed: divergences: definition of F and D_i, Σ d_i ∇f_i(x* ) = 0 *)
  (H_divergences : Y = phi)
  (* assumed: noise at the optimum: the variance of the step at x* is at most V⋆ *)
  (H_noise_at_the_optimum : norm2_zeta_ <= V)
  (* squared norm: a squared norm: ‖ζ*θ + ζ⋆*(-θ - 1)‖² *)
  (H_square : 0 <= norm2_zeta * theta ^ 2 + 2 * theta * zeta_dot_zeta * (- theta - 1) + norm2_zeta_
      * (- theta - 1) ^ 2)
  : norm2_xi <= V * (1 + 1 / theta) + phi * (2 * L * r + 2 * M * (theta + 1)).
Proof.
  {
  assert (fact_1 : 0 <= r * norm2_gradF + norm2_zeta - norm2_xi).
  { exact (room _ _ H_parts_of_the_noise). }
  assert (fact_2 : 0 <= X + 2 * zeta_dot_zeta - (norm2_zeta + norm2_zeta_)).
  { exact (room _ _ H_noise_of_the_differences). }
  assert (multiplier_2 : 0 <= theta + 1).
  { written ((theta + 1)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= 2 * M * Y - X).
  { assert (added : forall m : nat, 0 <= 2 * M * (total m (fun i => (D i) * (d i))) - (total m (fun
      i => (c i) * (norm2_delta i)))).
  { intro m. induction m as [| m before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= (2 * (D m) * M * (d m) - ((c m) * (norm2_delta m)))).
  { apply room.
  refine (gradient_gap (L_i m) (d m) (c m) M (D m) (norm2_delta m) (H_L_i_sign m) (H_d_sign m)
      (H_c_sign m) _ (H_D_sign m) (H_in_range_c_L_i_M_d m) (H_f_less_its_tangent_at_x_star m) (H_D_0
      m)).
  { generalize M_sign. cbn [INR]. lra. }
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_X_total, H_Y_total. exact (added gradient_gap_number). }
  assert (multiplier_3 : 0 <= theta + 1).
  { written ((theta + 1)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= 2 * phi * L - norm2_gradF).
  { apply room.
  refine ((bounded_gradient L phi F_next norm2_gradF _ _ H_smoothness H_f_next_f_star)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize phi_sign. cbn [INR]. lra. } }
  assert (multiplier_4 : 0 <= r).
  { written (r). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : Y - phi = 0).
  { exact (same _ _ H_divergences). }
  assert (part_5 := times_zero (- 2 * M * (theta + 1)) _ fact_5).
  assert (fact_6 : 0 <= V - norm2_zeta_).
  { exact (room _ _ H_noise_at_the_optimum). }
  assert (multiplier_6 : 0 <= (theta + 1) / theta).
  { written ((theta + 1) / theta). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= norm2_zeta * theta ^ 2 + 2 * theta * zeta_dot_zeta * (- theta - 1) +
      norm2_zeta_ * (- theta - 1) ^ 2).
  { exact H_square. }
  assert (multiplier_7 : 0 <= 1 / theta).
  { written (1 / theta). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((r * norm2_gradF + norm2_zeta - norm2_xi) +
      (theta + 1) * (X + 2 * zeta_dot_zeta - (norm2_zeta + norm2_zeta_)) + (theta + 1) * (2 * M * Y
      - X) + r * (2 * phi * L - norm2_gradF) + (- 2 * M * (theta + 1)) * (Y - phi) + ((theta + 1) /
      theta) * (V - norm2_zeta_) + (1 / theta) * (norm2_zeta * theta ^ 2 + 2 * theta * zeta_dot_zeta
      * (- theta - 1) + norm2_zeta_ * (- theta - 1) ^ 2)) by identity end.
  parts.
  }
Qed.

Print Assumptions expected_smoothness.
