(* SCAFFOLD without noise reaches a small gradient, however unlike the clients are. *)
(* F = Σ d_i f_i, every f_i is L-smooth, gradients are without noise; the server keeps a gradient
    h_i of every client, h̄ = Σ d_i h_i, H = Σ d_i‖h_i − ∇f_i(x)‖²; every client takes K local steps
    of η along ∇f_i(w) − h_i + h̄ from x; products are means over clients with weights d_i, over the
    K steps, and expectations: t = ∇f_i(w) − ∇f_i(x), z = ∇f_i(x) − h_i, a is z less its mean, v = w
    − x. χ = Σ (P_i − d_i)G_i, G_i = y the mean of a client's K corrected gradients, and E‖Σ (P_i −
    d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u. x⁺ = x − γ(g + χ), g − ∇F(x) the mean of t; E P_i = d_i
    given the local steps; values are measured from a lower bound. Every client is drawn with
    probability at least p, whatever happened before, and then its h_i is ∇f_i(x). S(T) = Σ_{t<T}
    E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf, H(T) is the staleness at x_T, H₀ the first; c = γ/4. *)
(* Reference: Karimireddy et al. (ICML 2020), theorem 3; here without noise, other constants. *)

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

(* The squared norm of a sum, by the squared norms of its terms *)
Lemma squared_sum
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> R) (* ⟨m,y⟩ *)
  (A : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (* range: S(n), the sum of E‖y_j‖² *)
  (S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no update: an empty sum *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) *)
  (H_one_more : forall n : nat, A (S n) = (norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n *
      (m_dot_y n) / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)
  (* assumed: S(n + 1): one more square *)
  (H_S_n_1 : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* squared norm: a squared norm: ‖m - y‖² *)
  (H_square : forall n : nat, 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n))
  : forall n : nat, INR n * A n <= S_ n.
Proof.
  assert (every : forall n : nat, INR n * A n <= S_ n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : 0 * A O <= S_ O).
  {
  pose proof (S_sign O).
  cbn [INR] in *.
  assert (fact_1 : S_ O - 0 = 0).
  { exact (same _ _ H_no_update). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : (INR n + 1) * A (S n) <= S_ (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (S_sign n).
  cbn [INR] in *.
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero (INR n) _ fact_1).
  assert (fact_2 : A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n)
      / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2) = 0).
  { exact (same _ _ (H_one_more n)). }
  assert (part_2 := times_zero (- INR n - 1) _ fact_2).
  assert (fact_3 : S_ (S n) - ((norm2_y n) + S_ n) = 0).
  { exact (same _ _ (H_S_n_1 n)). }
  assert (fact_4 : 0 <= S_ n - (INR n * A n)).
  { exact (room _ _ hypothesis). }
  assert (fact_5 : 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n)).
  { exact (H_square n). }
  assert (multiplier_5 : 0 <= INR n / (INR n + 1)).
  { written ((INR n) / (INR n + 1)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (0 < INR n + 1).
  { written ((INR n + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((INR n) * (A n - (norm2_m n)) + (- INR n - 1)
      * (A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n) / (INR n +
      1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)) + (S_ (S n) - ((norm2_y n) + S_ n)) + (S_ n - (INR n
      * A n)) + (INR n / (INR n + 1)) * ((norm2_m n) + (norm2_y n) - 2 * (m_dot_y n))) by identity
      end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* How far a client moves in its local steps, without noise *)
Lemma exact_path
  (eta : R) (* the step size η *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: S(n), the sum of E‖y_j‖² *)
  (S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_sign : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² *)
  (H_square_ : forall n : nat, 0 <= (norm2_y n))
  : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2.
Proof.
  assert (every : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : D O <= 0 * eta ^ 2 * (0 - 1) * S_ O / 2).
  {
  pose proof (S_sign O).
  assert (fact_1 : D O - 0 = 0).
  { exact (same _ _ H_no_step). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (D O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : D (S n) <= (INR n + 1) * eta ^ 2 * ((INR n + 1) - 1)
      * S_ (S n) / 2).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (S_sign n).
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero ((INR n) ^ 2 * eta ^ 2) _ fact_1).
  assert (fact_2 : 0 <= S_ n - (INR n * A n)).
  { apply room.
  refine ((squared_sum (norm2_m_ n) (norm2_y_ n) (m_dot_y n) A S_ H_S_sign H_no_update (H_so_far_ n)
      (H_one_more n) (H_S_n_1 n) (H_square n) n)). }
  assert (multiplier_2 : 0 <= INR n * eta ^ 2).
  { written ((INR n) * eta ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ (S n) - ((norm2_y n) + S_ n) = 0).
  { exact (same _ _ (H_S_n_1_ n)). }
  assert (part_3 := times_zero (INR n * eta ^ 2 * (INR n + 1) / 2) _ fact_3).
  assert (fact_4 : D (S n) - ((norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n) = 0).
  { exact (same _ _ (H_D_n_1 n)). }
  assert (part_4 := times_zero (- 1) _ fact_4).
  assert (fact_5 : 0 <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2 - (D n)).
  { exact (room _ _ hypothesis). }
  assert (fact_6 : 0 <= (norm2_y n)).
  { exact (H_square_ n). }
  assert (multiplier_6 : 0 <= INR n * eta ^ 2 * (INR n + 1) / 2).
  { written ((1 / 2) * (INR n) * (INR n + 1) * eta ^ 2). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((INR n) ^ 2 * eta ^ 2) * (A n - (norm2_m n))
      + (INR n * eta ^ 2) * (S_ n - (INR n * A n)) + (INR n * eta ^ 2 * (INR n + 1) / 2) * (S_ (S n)
      - ((norm2_y n) + S_ n)) + (- 1) * (D (S n) - ((norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)) +
      (INR n * eta ^ 2 * (INR n - 1) * S_ n / 2 - (D n)) + (INR n * eta ^ 2 * (INR n + 1) / 2) *
      (norm2_y n)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* Taking off the mean over clients shortens *)
Lemma centred
  (norm2_b : R) (* Σ d_k ‖b_k‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: Σ d_k ‖b_k‖² *)
  (norm2_b_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖m‖² *)
  (H_square : 0 <= norm2_m)
  : norm2_b + norm2_m - 2 * b_dot_m <= norm2_b.
Proof.
  {
  assert (fact_1 : b_dot_m - norm2_m = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2) _ fact_1).
  assert (fact_2 : 0 <= norm2_m).
  { exact H_square. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (2 * (b_dot_m - norm2_m) + norm2_m) by identity
      end.
  parts.
  }
Qed.

(* How far clients are from where they started when their steps are corrected *)
Lemma corrected_deviation
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_z : R) (* ‖z‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2 : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') *)
  (H_square_ : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over K steps *)
  (H_the_path : D K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps *)
  (H_the_gradients : S_ K = INR K * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF
      + 2 * t_dot_gradF))
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_t <= norm2_v * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_z2_sign : 0 <= norm2_z)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') *)
  (H_mean : b_dot_m = norm2_m_2)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') *)
  (H_square_2 : 0 <= norm2_m_2)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² *)
  (H_a_is_z_less_its_mean_link : norm2_a = norm2_z + norm2_m_2 - 2 * b_dot_m)
  (* assumed: the memory: H is the mean of ‖z‖² *)
  (H_the_memory : norm2_z = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all *)
  (H_mean_gradient : a_dot_gradF = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² *)
  (H_square_3 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square_4 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² *)
  (H_square_5 : 0 <= norm2_z)
  : norm2_v <= 9 * INR K * eta ^ 2 * (INR K - 1) * (H + norm2_gradF) / 8.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= INR K * eta ^ 2 * (INR K - 1) * S_ K / 2 - (D K)).
  { apply room.
  refine ((exact_path eta norm2_m norm2_y A D S_ norm2_m_ norm2_y_ m_dot_y _ H_S_sign H_no_step
      H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more H_S_n_1 H_square H_S_n_1_ H_D_n_1
      H_square_ K)).
  { generalize eta_sign. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= - 1 / (INR K * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^
      2 - 1))).
  { rewrite ?chart_K, ?chart_eta. written (9 * (s_slack + 1) ^ 2 / (9 * omega_slack * s_slack ^ 2 +
      9 * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 8 * omega_slack + 9)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : D K - (INR K * norm2_v) = 0).
  { exact (same _ _ H_the_path). }
  assert (part_2 := times_zero (- 1 / (INR K * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta
      ^ 2 - 1))) _ fact_2).
  assert (fact_3 : S_ K - (INR K * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF
      + 2 * t_dot_gradF)) = 0).
  { exact (same _ _ H_the_gradients). }
  assert (part_3 := times_zero (eta ^ 2 * (INR K - 1) / (2 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K
      * L ^ 2 * eta ^ 2 - 1))) _ fact_3).
  assert (fact_4 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_4 : 0 <= - INR K * eta ^ 2 * (INR K - 1) / ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR
      K * L ^ 2 * eta ^ 2 - 1)).
  { rewrite ?chart_K, ?chart_eta. written (omega_slack / (L ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9
      * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 8 * omega_slack + 9))). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_z - norm2_a).
  { apply (linked _ _ _ H_a_is_z_less_its_mean_link).
  refine ((centred norm2_z norm2_m_2 b_dot_m _ H_mean H_square_2)).
  { pose proof H_z2_sign. rewrite ?chart_K, ?chart_eta. written ((norm2_z)). sign. } }
  assert (multiplier_5 : 0 <= - INR K * eta ^ 2 * (INR K - 1) / ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR
      K * L ^ 2 * eta ^ 2 - 1)).
  { rewrite ?chart_K, ?chart_eta. written (omega_slack / (L ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9
      * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 8 * omega_slack + 9))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : norm2_z - H = 0).
  { exact (same _ _ H_the_memory). }
  assert (part_6 := times_zero (- 9 * INR K * eta ^ 2 * (INR K - 1) / 8) _ fact_6).
  assert (fact_7 : a_dot_gradF - 0 = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_7 := times_zero (2 * INR K * eta ^ 2 * (INR K - 1) / ((INR K) ^ 2 * L ^ 2 * eta ^ 2 -
      INR K * L ^ 2 * eta ^ 2 - 1)) _ fact_7).
  assert (fact_8 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF).
  { exact H_square_3. }
  assert (multiplier_8 : 0 <= - INR K * eta ^ 2 * (INR K - 1) / (2 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2
      - INR K * L ^ 2 * eta ^ 2 - 1))).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 2) * omega_slack / (L ^ 2 * (9 * omega_slack *
      s_slack ^ 2 + 9 * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 8 * omega_slack +
      9))). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= norm2_gradF).
  { exact H_square_4. }
  assert (multiplier_9 : 0 <= INR K * eta ^ 2 * (INR K - 1) * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9
      * INR K * L ^ 2 * eta ^ 2 - 1) / (8 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2
      - 1))).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 8) * omega_slack * (omega_slack * s_slack ^ 2 +
      s_slack ^ 2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * L ^ 2 *
      (s_slack + 1) ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9 * s_slack ^ 2 + 18 * s_slack *
      omega_slack + 18 * s_slack + 8 * omega_slack + 9))). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= norm2_z).
  { exact H_square_5. }
  assert (multiplier_10 : 0 <= INR K * eta ^ 2 * (INR K - 1) * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 -
      9 * INR K * L ^ 2 * eta ^ 2 - 1) / (8 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^
      2 - 1))).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 8) * omega_slack * (omega_slack * s_slack ^ 2 +
      s_slack ^ 2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * L ^ 2 *
      (s_slack + 1) ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9 * s_slack ^ 2 + 18 * s_slack *
      omega_slack + 18 * s_slack + 8 * omega_slack + 9))). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (0 < INR K * L ^ 2 * eta ^ 2 + 1 - (INR K) ^ 2 * L ^ 2 * eta ^ 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 9) * (9 * omega_slack * s_slack ^ 2 + 9 * s_slack ^
      2 + 18 * s_slack * omega_slack + 18 * s_slack + 8 * omega_slack + 9) / ((omega_slack + 1) *
      (s_slack + 1) ^ 2)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1 / (INR K * ((INR K) ^ 2 * L ^ 2 * eta ^ 2
      - INR K * L ^ 2 * eta ^ 2 - 1))) * (INR K * eta ^ 2 * (INR K - 1) * S_ K / 2 - (D K)) + (- 1 /
      (INR K * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1))) * (D K - (INR K *
      norm2_v)) + (eta ^ 2 * (INR K - 1) / (2 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta
      ^ 2 - 1))) * (S_ K - (INR K * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF
      + 2 * t_dot_gradF))) + (- INR K * eta ^ 2 * (INR K - 1) / ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR
      K * L ^ 2 * eta ^ 2 - 1)) * (norm2_v * L ^ 2 - norm2_t) + (- INR K * eta ^ 2 * (INR K - 1) /
      ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1)) * (norm2_z - norm2_a) + (- 9 *
      INR K * eta ^ 2 * (INR K - 1) / 8) * (norm2_z - H) + (2 * INR K * eta ^ 2 * (INR K - 1) /
      ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1)) * (a_dot_gradF - 0) + (- INR K
      * eta ^ 2 * (INR K - 1) / (2 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1)))
      * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 * t_dot_gradF) + (INR K
      * eta ^ 2 * (INR K - 1) * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 * eta ^ 2 -
      1) / (8 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1))) * norm2_gradF + (INR
      K * eta ^ 2 * (INR K - 1) * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 * eta ^ 2 -
      1) / (8 * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1))) * norm2_z) by
      identity end.
  parts.
  }
Qed.

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

(* What the draw adds to a round of corrected steps *)
Lemma corrected_draw
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_y : R) (* ‖y‖² *)
  (norm2_z : R) (* ‖z‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (norm2_a_ : R) (* ‖a‖² *)
  (norm2_t_ : R) (* ‖t‖² *)
  (norm2_z_ : R) (* ‖z‖² *)
  (a_dot_t_ : R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (norm2_m_2 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2 : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_ : R) (* ‖m‖² *)
  (b_dot_m_2 : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y *)
  (H_weights : norm2_chi <= kappa * norm2_y)
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_a2_sign : 0 <= norm2_a)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_t2_sign : 0 <= norm2_t)
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : 0 <= a_dot_t)
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_gradF_sign : 0 <= a_dot_gradF)
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_t_gradF_sign : 0 <= t_dot_gradF)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') *)
  (H_mean : b_dot_m = norm2_y)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') *)
  (H_square : 0 <= (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) + norm2_y - 2 * b_dot_m)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_t <= norm2_v * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_z2_sign : 0 <= norm2_z)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') *)
  (H_mean_ : b_dot_m_ = norm2_m)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') *)
  (H_square_ : 0 <= norm2_m)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² *)
  (H_a_is_z_less_its_mean_link : norm2_a = norm2_z + norm2_m - 2 * b_dot_m_)
  (* assumed: the memory: H is the mean of ‖z‖² *)
  (H_the_memory : norm2_z = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all *)
  (H_mean_gradient : a_dot_gradF = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_so_far : forall n : nat, A n = (norm2_m_ n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_2 n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_2 n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_2 n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_2 n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_2 : forall n : nat, forall i : nat, 0 <= ((norm2_m_2 n) i) + ((norm2_y_2 n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y_ n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m_ n) * (INR n) ^ 2 * eta ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_square_3 : forall n : nat, 0 <= (norm2_y_ n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_the_path : D K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_the_gradients : S_ K = INR K * (norm2_a_ + norm2_t_ + norm2_gradF + 2 * a_dot_t_ + 2 *
      a_dot_gradF_ + 2 * t_dot_gradF_))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_smoothness_ : norm2_t_ <= norm2_v * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_z2_sign_ : 0 <= norm2_z_)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_mean_2 : b_dot_m_2 = norm2_m_2_)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_square_2_ : 0 <= norm2_m_2_)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_a_is_z_less_its_mean_link_ : norm2_a_ = norm2_z_ + norm2_m_2_ - 2 * b_dot_m_2)
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_the_memory_ : norm2_z_ = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_mean_gradient_ : a_dot_gradF_ = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_3_ : 0 <= norm2_a_ + norm2_t_ + norm2_gradF + 2 * a_dot_gradF_ - 2 * a_dot_t_ - 2 *
      t_dot_gradF_)
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_4 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_5 : 0 <= norm2_z_)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² *)
  (H_square_6 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square_7 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² *)
  (H_square_8 : 0 <= norm2_z)
  : norm2_chi <= 9 * kappa * (H + norm2_gradF) / 4.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= kappa * norm2_y - norm2_chi).
  { exact (room _ _ H_weights). }
  assert (fact_2 : 0 <= (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) - norm2_y).
  { apply room.
  refine ((mean_over_clients (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) norm2_y b_dot_m _ H_mean H_square)).
  { pose proof H_a2_sign. pose proof H_t2_sign. pose proof H_a_t_sign. pose proof H_a_gradF_sign.
      pose proof H_t_gradF_sign. rewrite ?chart_K, ?chart_eta. written (((norm2_a) + (norm2_t) + 2 *
      (a_dot_t) + 2 * (a_dot_gradF) + 2 * (t_dot_gradF) + norm2_gradF)). sign. } }
  assert (multiplier_2 : 0 <= kappa).
  { rewrite ?chart_K, ?chart_eta. written (kappa). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_3 : 0 <= 2 * kappa).
  { rewrite ?chart_K, ?chart_eta. written (2 * kappa). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_z - norm2_a).
  { apply (linked _ _ _ H_a_is_z_less_its_mean_link).
  refine ((centred norm2_z norm2_m b_dot_m_ _ H_mean_ H_square_)).
  { pose proof H_z2_sign. rewrite ?chart_K, ?chart_eta. written ((norm2_z)). sign. } }
  assert (multiplier_4 : 0 <= 2 * kappa).
  { rewrite ?chart_K, ?chart_eta. written (2 * kappa). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : norm2_z - H = 0).
  { exact (same _ _ H_the_memory). }
  assert (part_5 := times_zero (9 * kappa * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2
      - 1) / 4) _ fact_5).
  assert (fact_6 : a_dot_gradF - 0 = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_6 := times_zero (- 4 * kappa) _ fact_6).
  assert (fact_7 : 0 <= 9 * INR K * eta ^ 2 * (INR K - 1) * (H + norm2_gradF) / 8 - norm2_v).
  { apply room.
  refine ((corrected_deviation L eta K norm2_gradF H norm2_a_ norm2_t_ norm2_v norm2_z_ a_dot_t_
      a_dot_gradF_ t_dot_gradF_ D S_ norm2_m_ norm2_y_ A norm2_m_2 norm2_y_2 m_dot_y norm2_m_2_
      b_dot_m_2 _ _ _ _ _ _ _ H_S_sign H_no_step H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more
      H_S_n_1 H_square_2 H_S_n_1_ H_D_n_1 H_square_3 H_the_path H_the_gradients H_smoothness_
      H_z2_sign_ H_mean_2 H_square_2_ H_a_is_z_less_its_mean_link_ H_the_memory_ H_mean_gradient_
      H_square_3_ H_square_4 H_square_5)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize H_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_7 : 0 <= 2 * kappa * L ^ 2).
  { rewrite ?chart_K, ?chart_eta. written (2 * kappa * L ^ 2). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF).
  { exact H_square_6. }
  assert (multiplier_8 : 0 <= kappa).
  { rewrite ?chart_K, ?chart_eta. written (kappa). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= norm2_gradF).
  { exact H_square_7. }
  assert (multiplier_9 : 0 <= - kappa * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 * eta
      ^ 2 - 1) / 4).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 4) * kappa * (omega_slack * s_slack ^ 2 + s_slack ^
      2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * (s_slack + 1) ^ 2)).
      sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= norm2_z).
  { exact H_square_8. }
  assert (multiplier_10 : 0 <= - kappa * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 *
      eta ^ 2 - 1) / 4).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 4) * kappa * (omega_slack * s_slack ^ 2 + s_slack ^
      2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * (s_slack + 1) ^ 2)).
      sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((kappa * norm2_y - norm2_chi) + kappa *
      ((norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 * t_dot_gradF) -
      norm2_y) + (2 * kappa) * (norm2_v * L ^ 2 - norm2_t) + (2 * kappa) * (norm2_z - norm2_a) + (9
      * kappa * ((INR K) ^ 2 * L ^ 2 * eta ^ 2 - INR K * L ^ 2 * eta ^ 2 - 1) / 4) * (norm2_z - H) +
      (- 4 * kappa) * (a_dot_gradF - 0) + (2 * kappa * L ^ 2) * (9 * INR K * eta ^ 2 * (INR K - 1) *
      (H + norm2_gradF) / 8 - norm2_v) + kappa * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF
      - 2 * a_dot_t - 2 * t_dot_gradF) + (- kappa * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K *
      L ^ 2 * eta ^ 2 - 1) / 4) * norm2_gradF + (- kappa * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 *
      INR K * L ^ 2 * eta ^ 2 - 1) / 4) * norm2_z) by identity end.
  parts.
  }
Qed.

(* One round of SCAFFOLD without noise decreases the value, up to the staleness *)
Lemma scaffold_round
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (gamma : R) (* the step γ of a round *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_g : R) (* ‖g‖², g the mean of t + ∇F *)
  (F_next : R) (* F⁺ *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_z : R) (* ‖z‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (g_dot_t : R) (* ⟨g,t⟩ *)
  (g_dot_chi : R) (* ⟨g,χ⟩ *)
  (g_dot_gradF : R) (* ⟨g,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (chi_dot_gradF : R) (* ⟨χ,∇F⟩ *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t_ : R) (* ‖t‖² *)
  (norm2_z_ : R) (* ‖z‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2 : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_a_ : R) (* ‖a‖² *)
  (norm2_t_2 : R) (* ‖t‖² *)
  (norm2_v_ : R) (* ‖v‖² *)
  (norm2_y_2 : R) (* ‖y‖² *)
  (norm2_z_2 : R) (* ‖z‖² *)
  (a_dot_t_ : R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : R) (* ⟨t,∇F⟩ *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (norm2_m_3 : R) (* ‖m‖² *)
  (b_dot_m_2 : R) (* ⟨b,m⟩ *)
  (norm2_a_2 : R) (* ‖a‖² *)
  (norm2_t_3 : R) (* ‖t‖² *)
  (norm2_z_3 : R) (* ‖z‖² *)
  (a_dot_t_2 : R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_3 : R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> R) (*  *)
  (S_2 : nat -> R) (*  *)
  (norm2_m_4 : nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> R) (* ‖y‖² *)
  (A_ : nat -> R) (*  *)
  (norm2_m_2_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_2 : R) (* ‖m‖² *)
  (b_dot_m_2_ : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖g‖², g the mean of t + ∇F *)
  (norm2_g_sign : 0 <= norm2_g)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + gamma * g_dot_gradF + gamma * chi_dot_gradF <= F + L * (norm2_g * gamma ^
      2 + norm2_chi * gamma ^ 2 + 2 * g_dot_chi * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : chi_dot_gradF = 0)
  (* assumed: unbiased, against g: χ has mean zero and g is fixed before the draw *)
  (H_unbiased_against_g : g_dot_chi = 0)
  (* assumed: mean of t: g − ∇F(x) is the mean of t, and it is the same for all *)
  (H_mean_of_t : g_dot_t + 2 * g_dot_gradF = norm2_g + norm2_gradF + t_dot_gradF)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness_ : norm2_t <= norm2_v * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_square_ : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_the_path : D K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_the_gradients : S_ K = INR K * (norm2_a + norm2_t_ + norm2_gradF + 2 * a_dot_t + 2 *
      a_dot_gradF + 2 * t_dot_gradF_))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_smoothness_2 : norm2_t_ <= norm2_v * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_z2_sign : 0 <= norm2_z_)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_mean : b_dot_m = norm2_m_2)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_square_2 : 0 <= norm2_m_2)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') *)
  (H_a_is_z_less_its_mean_link : norm2_a = norm2_z_ + norm2_m_2 - 2 * b_dot_m)
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_the_memory : norm2_z_ = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') *)
  (H_mean_gradient : a_dot_gradF = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_3 : 0 <= norm2_a + norm2_t_ + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF_)
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_4 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') *)
  (H_square_5 : 0 <= norm2_z_)
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_weights : norm2_chi <= kappa * norm2_y_2)
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a2_sign : 0 <= norm2_a_)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_t2_sign : 0 <= norm2_t_2)
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_t_sign : 0 <= a_dot_t_)
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_gradF_sign : 0 <= a_dot_gradF_)
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_t_gradF_sign : 0 <= t_dot_gradF_2)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_ : b_dot_m_ = norm2_y_2)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_6 : 0 <= (norm2_a_ + norm2_t_2 + norm2_gradF + 2 * a_dot_t_ + 2 * a_dot_gradF_ + 2 *
      t_dot_gradF_2) + norm2_y_2 - 2 * b_dot_m_)
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_smoothness_3 : norm2_t_2 <= norm2_v_ * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_z2_sign_ : 0 <= norm2_z_2)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_2 : b_dot_m_2 = norm2_m_3)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_7 : 0 <= norm2_m_3)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_is_z_less_its_mean_link_ : norm2_a_ = norm2_z_2 + norm2_m_3 - 2 * b_dot_m_2)
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_the_memory_ : norm2_z_2 = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_draw, cited for 'corrected_draw') *)
  (H_mean_gradient_ : a_dot_gradF_ = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_S_sign_2 : forall n : nat, 0 <= S_2 n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_no_step_ : D_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_so_far_2 : forall n : nat, A_ n = (norm2_m_4 n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_S_sign_3 : forall i : nat, 0 <= S_2 i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_no_update_ : S_2 O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_so_far_3 : forall n : nat, forall i : nat, A_ i = ((norm2_m_2_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_one_more_ : forall n : nat, forall i : nat, A_ (S i) = ((norm2_m_2_ n) i) * (INR i) ^ 2 / (INR
      i + 1) ^ 2 + 2 * INR i * ((m_dot_y_ n) i) / (INR i + 1) ^ 2 + ((norm2_y_2_ n) i) / (INR i + 1)
      ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_S_n_1_2 : forall n : nat, forall i : nat, S_2 (S i) = ((norm2_y_2_ n) i) + S_2 i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_2_ : forall n : nat, forall i : nat, 0 <= ((norm2_m_2_ n) i) + ((norm2_y_2_ n) i) - 2 *
      ((m_dot_y_ n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_S_n_1_3 : forall n : nat, S_2 (S n) = (norm2_y_3 n) + S_2 n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_D_n_1_ : forall n : nat, D_ (S n) = (norm2_m_4 n) * (INR n) ^ 2 * eta ^ 2 + D_ n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_square_3_ : forall n : nat, 0 <= (norm2_y_3 n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_the_path_ : D_ K = INR K * norm2_v_)
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_the_gradients_ : S_2 K = INR K * (norm2_a_2 + norm2_t_3 + norm2_gradF + 2 * a_dot_t_2 + 2 *
      a_dot_gradF_2 + 2 * t_dot_gradF_3))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_smoothness_4 : norm2_t_3 <= norm2_v_ * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_z2_sign_2 : 0 <= norm2_z_3)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_2_ : b_dot_m_2_ = norm2_m_2_2)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_square_2_2 : 0 <= norm2_m_2_2)
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_a_is_z_less_its_mean_link_2 : norm2_a_2 = norm2_z_3 + norm2_m_2_2 - 2 * b_dot_m_2_)
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_the_memory_2 : norm2_z_3 = H)
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_mean_gradient_2 : a_dot_gradF_2 = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_3_2 : 0 <= norm2_a_2 + norm2_t_3 + norm2_gradF + 2 * a_dot_gradF_2 - 2 * a_dot_t_2 - 2 *
      t_dot_gradF_3)
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_4_ : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_5_ : 0 <= norm2_z_3)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_square_6_ : 0 <= norm2_a_ + norm2_t_2 + norm2_gradF + 2 * a_dot_gradF_ - 2 * a_dot_t_ - 2 *
      t_dot_gradF_2)
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_7_ : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_8 : 0 <= norm2_z_2)
  (* assumed: the memory: H is the mean of ‖z‖² *)
  (H_the_memory_3 : norm2_z = H)
  (* squared norm: a squared norm: ‖-g + t + ∇F‖² *)
  (H_square_9 : 0 <= norm2_g + norm2_t + norm2_gradF + 2 * t_dot_gradF - 2 * g_dot_t - 2 *
      g_dot_gradF)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square_10 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖z‖² *)
  (H_square_11 : 0 <= norm2_z)
  : F_next <= F + (H + norm2_gradF) * (9 * L * kappa * gamma ^ 2 / 8 + gamma / 16) - gamma * norm2_g
      * (1 - L * gamma) / 2 - gamma * norm2_gradF / 2.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_g * gamma ^ 2 + norm2_chi * gamma ^ 2 + 2 * g_dot_chi * gamma
      ^ 2) / 2 - (F_next + gamma * g_dot_gradF + gamma * chi_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : chi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_2 := times_zero (gamma) _ fact_2).
  assert (fact_3 : g_dot_chi - 0 = 0).
  { exact (same _ _ H_unbiased_against_g). }
  assert (part_3 := times_zero (- L * gamma ^ 2) _ fact_3).
  assert (fact_4 : g_dot_t + 2 * g_dot_gradF - (norm2_g + norm2_gradF + t_dot_gradF) = 0).
  { exact (same _ _ H_mean_of_t). }
  assert (part_4 := times_zero (gamma) _ fact_4).
  assert (fact_5 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness_). }
  assert (multiplier_5 : 0 <= gamma / 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 2) * gamma). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= 9 * INR K * eta ^ 2 * (INR K - 1) * (H + norm2_gradF) / 8 - norm2_v).
  { apply room.
  refine ((corrected_deviation L eta K norm2_gradF H norm2_a norm2_t_ norm2_v norm2_z_ a_dot_t
      a_dot_gradF t_dot_gradF_ D S_ norm2_m norm2_y A norm2_m_ norm2_y_ m_dot_y norm2_m_2 b_dot_m _
      _ _ _ _ _ _ H_S_sign H_no_step H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more H_S_n_1
      H_square H_S_n_1_ H_D_n_1 H_square_ H_the_path H_the_gradients H_smoothness_2 H_z2_sign H_mean
      H_square_2 H_a_is_z_less_its_mean_link H_the_memory H_mean_gradient H_square_3 H_square_4
      H_square_5)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize H_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_6 : 0 <= gamma * L ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 2) * gamma * L ^ 2). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= 9 * kappa * (H + norm2_gradF) / 4 - norm2_chi).
  { apply room.
  refine ((corrected_draw L eta K norm2_gradF H kappa norm2_a_ norm2_t_2 norm2_v_ norm2_y_2
      norm2_z_2 norm2_chi a_dot_t_ a_dot_gradF_ t_dot_gradF_2 b_dot_m_ norm2_m_3 b_dot_m_2 norm2_a_2
      norm2_t_3 norm2_z_3 a_dot_t_2 a_dot_gradF_2 t_dot_gradF_3 D_ S_2 norm2_m_4 norm2_y_3 A_
      norm2_m_2_ norm2_y_2_ m_dot_y_ norm2_m_2_2 b_dot_m_2_ _ _ _ _ _ _ _ _ H_weights H_a2_sign
      H_t2_sign H_a_t_sign H_a_gradF_sign H_t_gradF_sign H_mean_ H_square_6 H_smoothness_3
      H_z2_sign_ H_mean_2 H_square_7 H_a_is_z_less_its_mean_link_ H_the_memory_ H_mean_gradient_
      H_S_sign_2 H_no_step_ H_so_far_2 H_S_sign_3 H_no_update_ H_so_far_3 H_one_more_ H_S_n_1_2
      H_square_2_ H_S_n_1_3 H_D_n_1_ H_square_3_ H_the_path_ H_the_gradients_ H_smoothness_4
      H_z2_sign_2 H_mean_2_ H_square_2_2 H_a_is_z_less_its_mean_link_2 H_the_memory_2
      H_mean_gradient_2 H_square_3_2 H_square_4_ H_square_5_ H_square_6_ H_square_7_ H_square_8)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize H_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_7 : 0 <= L * gamma ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 2) * L * gamma ^ 2). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : norm2_z - H = 0).
  { exact (same _ _ H_the_memory_3). }
  assert (part_8 := times_zero (gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 * eta
      ^ 2 - 1) / 16) _ fact_8).
  assert (fact_9 : 0 <= norm2_g + norm2_t + norm2_gradF + 2 * t_dot_gradF - 2 * g_dot_t - 2 *
      g_dot_gradF).
  { exact H_square_9. }
  assert (multiplier_9 : 0 <= gamma / 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 2) * gamma). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= norm2_gradF).
  { exact H_square_10. }
  assert (multiplier_10 : 0 <= - gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 *
      eta ^ 2 - 1) / 16).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 16) * gamma * (omega_slack * s_slack ^ 2 + s_slack ^
      2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * (s_slack + 1) ^ 2)).
      sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (fact_11 : 0 <= norm2_z).
  { exact H_square_11. }
  assert (multiplier_11 : 0 <= - gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 *
      eta ^ 2 - 1) / 16).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 16) * gamma * (omega_slack * s_slack ^ 2 + s_slack ^
      2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) * (s_slack + 1) ^ 2)).
      sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_g * gamma ^ 2 + norm2_chi *
      gamma ^ 2 + 2 * g_dot_chi * gamma ^ 2) / 2 - (F_next + gamma * g_dot_gradF + gamma *
      chi_dot_gradF)) + gamma * (chi_dot_gradF - 0) + (- L * gamma ^ 2) * (g_dot_chi - 0) + gamma *
      (g_dot_t + 2 * g_dot_gradF - (norm2_g + norm2_gradF + t_dot_gradF)) + (gamma / 2) * (norm2_v *
      L ^ 2 - norm2_t) + (gamma * L ^ 2 / 2) * (9 * INR K * eta ^ 2 * (INR K - 1) * (H +
      norm2_gradF) / 8 - norm2_v) + (L * gamma ^ 2 / 2) * (9 * kappa * (H + norm2_gradF) / 4 -
      norm2_chi) + (gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2 * eta ^ 2 - 1) /
      16) * (norm2_z - H) + (gamma / 2) * (norm2_g + norm2_t + norm2_gradF + 2 * t_dot_gradF - 2 *
      g_dot_t - 2 * g_dot_gradF) + (- gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K * L ^ 2
      * eta ^ 2 - 1) / 16) * norm2_gradF + (- gamma * (9 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 9 * INR K
      * L ^ 2 * eta ^ 2 - 1) / 16) * norm2_z) by identity end.
  parts.
  }
Qed.

(* How stale the server's memory is after one round *)
Lemma memory_round
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

(* SCAFFOLD without noise reaches a small gradient, however unlike the clients are: the sum over
    rounds *)
Lemma scaffold_sum
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (p : R) (* the least probability p that a client reports *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (H0 : R) (* H₀, that of the memory at the start *)
  (F0 : R) (* F(x_0) − F_inf *)
  (norm2_g : nat -> R) (* ‖g‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (g_dot_chi : nat -> R) (* ⟨g,χ⟩ *)
  (E : nat -> R) (*  *)
  (H : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (norm2_chi_ : nat -> R) (* ‖χ‖² *)
  (g_dot_t : nat -> R) (* ⟨g,t⟩ *)
  (g_dot_chi_ : nat -> R) (* ⟨g,χ⟩ *)
  (g_dot_gradF : nat -> R) (* ⟨g,∇F⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (chi_dot_gradF : nat -> R) (* ⟨χ,∇F⟩ *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_z_ : nat -> R) (* ‖z‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : nat -> R) (* ⟨t,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> nat -> R) (* ‖y‖² *)
  (A : nat -> nat -> R) (*  *)
  (norm2_m_2 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_ : nat -> R) (* ‖m‖² *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t_2 : nat -> R) (* ‖t‖² *)
  (norm2_v_ : nat -> R) (* ‖v‖² *)
  (norm2_y_2 : nat -> R) (* ‖y‖² *)
  (norm2_z_2 : nat -> R) (* ‖z‖² *)
  (a_dot_t_ : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : nat -> R) (* ⟨t,∇F⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_3 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_2 : nat -> R) (* ‖a‖² *)
  (norm2_t_3 : nat -> R) (* ‖t‖² *)
  (norm2_z_3 : nat -> R) (* ‖z‖² *)
  (a_dot_t_2 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_3 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> nat -> R) (*  *)
  (S_2_ : nat -> nat -> R) (*  *)
  (norm2_m_4 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> nat -> R) (* ‖y‖² *)
  (A_ : nat -> nat -> R) (*  *)
  (norm2_m_2_2 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_2_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_2_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_3 : nat -> R) (* ‖a‖² *)
  (norm2_t_4 : nat -> R) (* ‖t‖² *)
  (norm2_v_2 : nat -> R) (* ‖v‖² *)
  (norm2_y_4 : nat -> R) (* ‖y‖² *)
  (norm2_z_4 : nat -> R) (* ‖z‖² *)
  (a_dot_t_3 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_3 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_4 : nat -> R) (* ⟨t,∇F⟩ *)
  (b_dot_m_3 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_5 : nat -> R) (* ‖m‖² *)
  (b_dot_m_4 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_4 : nat -> R) (* ‖a‖² *)
  (norm2_t_5 : nat -> R) (* ‖t‖² *)
  (norm2_z_5 : nat -> R) (* ‖z‖² *)
  (a_dot_t_4 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_4 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_5 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_2 : nat -> nat -> R) (*  *)
  (S_3 : nat -> nat -> R) (*  *)
  (norm2_m_6 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_5 : nat -> nat -> R) (* ‖y‖² *)
  (A_2 : nat -> nat -> R) (*  *)
  (norm2_m_2_3 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2_2 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_2 : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_4 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_5 : nat -> R) (* ‖a‖² *)
  (norm2_t_6 : nat -> R) (* ‖t‖² *)
  (a_dot_t_5 : nat -> R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* range: H₀, that of the memory at the start *)
  (H0_sign : 0 <= H0)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 4γL <= p *)
  (in_range_4gammaL_p : 4 * L * gamma <= p)
  (* condition: 16γLκ <= p *)
  (in_range_16gammaLkappa_p : 16 * L * gamma * kappa <= p)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: memory: the first staleness is at most H₀ *)
  (H_memory : H O <= H0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: H(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_H_T_sign : forall T : nat, 0 <= H T)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: ‖g‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_g2_sign : forall T : nat, 0 <= (norm2_g T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g_dot_gradF T) + gamma * (chi_dot_gradF T) <=
      (E T) + L * ((norm2_g T) * gamma ^ 2 + (norm2_chi_ T) * gamma ^ 2 + 2 * (g_dot_chi_ T) * gamma
      ^ 2) / 2)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_unbiased_against_gradF : forall T : nat, (chi_dot_gradF T) = 0)
  (* assumed: unbiased, against g: χ has mean zero and g is fixed before the draw (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_unbiased_against_g : forall T : nat, (g_dot_chi_ T) = 0)
  (* assumed: mean of t: g − ∇F(x) is the mean of t, and it is the same for all (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_mean_of_t : forall T : nat, (g_dot_t T) + 2 * (g_dot_gradF T) = (norm2_g T) + (g T) +
      (t_dot_gradF T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_smoothness_ : forall T : nat, (norm2_t T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m_ T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_2 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_one_more : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_2 T) n) i)
      * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_ T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2 T) n) i) +
      (((norm2_y_ T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem scaffold_round, cited for 'scaffold_round') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = ((norm2_m_ T) n) * (INR n) ^ 2 * eta ^ 2
      + (D T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_square_ : forall T : nat, forall n : nat, 0 <= ((norm2_y T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_the_path : forall T : nat, (D T) K = INR K * (norm2_v T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_the_gradients : forall T : nat, (S_2 T) K = INR K * ((norm2_a T) + (norm2_t_ T) + (g T) + 2 *
      (a_dot_t T) + 2 * (a_dot_gradF T) + 2 * (t_dot_gradF_ T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_smoothness_2 : forall T : nat, (norm2_t_ T) <= (norm2_v T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') *)
  (H_z2_sign : forall T : nat, 0 <= (norm2_z_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem scaffold_round, cited for 'scaffold_round') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_m_2_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_m_2_ T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') *)
  (H_a_is_z_less_its_mean_link : forall T : nat, (norm2_a T) = (norm2_z_ T) + (norm2_m_2_ T) - 2 *
      (b_dot_m T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_the_memory : forall T : nat, (norm2_z_ T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_mean_gradient : forall T : nat, (a_dot_gradF T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_a T) + (norm2_t_ T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_t T) - 2 * (t_dot_gradF_ T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_4 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_5 : forall T : nat, 0 <= (norm2_z_ T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_weights : forall T : nat, (norm2_chi_ T) <= kappa * (norm2_y_2 T))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_a2_sign : forall T : nat, 0 <= (norm2_a_ T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t_2 T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_a_t_sign : forall T : nat, 0 <= (a_dot_t_ T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_a_gradF_sign : forall T : nat, 0 <= (a_dot_gradF_ T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_t_gradF_sign : forall T : nat, 0 <= (t_dot_gradF_2 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_y_2 T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_square_6 : forall T : nat, 0 <= ((norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_t_ T) + 2 *
      (a_dot_gradF_ T) + 2 * (t_dot_gradF_2 T)) + (norm2_y_2 T) - 2 * (b_dot_m_ T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_smoothness_3 : forall T : nat, (norm2_t_2 T) <= (norm2_v_ T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_z2_sign_ : forall T : nat, 0 <= (norm2_z_2 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_3 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_square_7 : forall T : nat, 0 <= (norm2_m_3 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_a_is_z_less_its_mean_link_ : forall T : nat, (norm2_a_ T) = (norm2_z_2 T) + (norm2_m_3 T) - 2 *
      (b_dot_m_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_the_memory_ : forall T : nat, (norm2_z_2 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_mean_gradient_ : forall T : nat, (a_dot_gradF_ T) = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_S_sign_2 : forall T : nat, forall n : nat, 0 <= (S_2_ T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_no_step_ : forall T : nat, (D_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_so_far_2 : forall T : nat, forall n : nat, (A_ T) n = ((norm2_m_4 T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_S_sign_3 : forall T : nat, forall i : nat, 0 <= (S_2_ T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_no_update_ : forall T : nat, (S_2_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_so_far_3 : forall T : nat, forall n : nat, forall i : nat, (A_ T) i = (((norm2_m_2_2 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_one_more_ : forall T : nat, forall n : nat, forall i : nat, (A_ T) (S i) = (((norm2_m_2_2 T) n)
      i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_ T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_S_n_1_2 : forall T : nat, forall n : nat, forall i : nat, (S_2_ T) (S i) = (((norm2_y_2_ T) n)
      i) + (S_2_ T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_square_2_ : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2_2 T) n) i) +
      (((norm2_y_2_ T) n) i) - 2 * (((m_dot_y_ T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_S_n_1_3 : forall T : nat, forall n : nat, (S_2_ T) (S n) = ((norm2_y_3 T) n) + (S_2_ T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_D_n_1_ : forall T : nat, forall n : nat, (D_ T) (S n) = ((norm2_m_4 T) n) * (INR n) ^ 2 * eta ^
      2 + (D_ T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_3_ : forall T : nat, forall n : nat, 0 <= ((norm2_y_3 T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_the_path_ : forall T : nat, (D_ T) K = INR K * (norm2_v_ T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_the_gradients_ : forall T : nat, (S_2_ T) K = INR K * ((norm2_a_2 T) + (norm2_t_3 T) + (g T) +
      2 * (a_dot_t_2 T) + 2 * (a_dot_gradF_2 T) + 2 * (t_dot_gradF_3 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_smoothness_4 : forall T : nat, (norm2_t_3 T) <= (norm2_v_ T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_z2_sign_2 : forall T : nat, 0 <= (norm2_z_3 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_mean_2_ : forall T : nat, (b_dot_m_2_ T) = (norm2_m_2_2_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_2_2 : forall T : nat, 0 <= (norm2_m_2_2_ T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_a_is_z_less_its_mean_link_2 : forall T : nat, (norm2_a_2 T) = (norm2_z_3 T) + (norm2_m_2_2_ T)
      - 2 * (b_dot_m_2_ T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_the_memory_2 : forall T : nat, (norm2_z_3 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_mean_gradient_2 : forall T : nat, (a_dot_gradF_2 T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_square_3_2 : forall T : nat, 0 <= (norm2_a_2 T) + (norm2_t_3 T) + (g T) + 2 * (a_dot_gradF_2 T)
      - 2 * (a_dot_t_2 T) - 2 * (t_dot_gradF_3 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_square_4_ : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') *)
  (H_square_5_ : forall T : nat, 0 <= (norm2_z_3 T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_6_ : forall T : nat, 0 <= (norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_gradF_ T) -
      2 * (a_dot_t_ T) - 2 * (t_dot_gradF_2 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_7_ : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_8 : forall T : nat, 0 <= (norm2_z_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_the_memory_3 : forall T : nat, (norm2_z T) = (H T))
  (* squared norm: a squared norm: ‖-g + t + ∇F‖² (of theorem scaffold_round, cited for
      'scaffold_round') *)
  (H_square_9 : forall T : nat, 0 <= (norm2_g T) + (norm2_t T) + (g T) + 2 * (t_dot_gradF T) - 2 *
      (g_dot_t T) - 2 * (g_dot_gradF T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_10 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem scaffold_round, cited for 'scaffold_round') *)
  (H_square_11 : forall T : nat, 0 <= (norm2_z T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_weights_ : forall T : nat, (norm2_chi T) <= kappa * (norm2_y_4 T))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a2_sign_ : forall T : nat, 0 <= (norm2_a_3 T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_t2_sign_ : forall T : nat, 0 <= (norm2_t_4 T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_t_sign_ : forall T : nat, 0 <= (a_dot_t_3 T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_gradF_sign_ : forall T : nat, 0 <= (a_dot_gradF_3 T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_t_gradF_sign_ : forall T : nat, 0 <= (t_dot_gradF_4 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_3 : forall T : nat, (b_dot_m_3 T) = (norm2_y_4 T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_12 : forall T : nat, 0 <= ((norm2_a_3 T) + (norm2_t_4 T) + (g T) + 2 * (a_dot_t_3 T) + 2
      * (a_dot_gradF_3 T) + 2 * (t_dot_gradF_4 T)) + (norm2_y_4 T) - 2 * (b_dot_m_3 T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_smoothness_5 : forall T : nat, (norm2_t_4 T) <= (norm2_v_2 T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_z2_sign_3 : forall T : nat, 0 <= (norm2_z_4 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_4 : forall T : nat, (b_dot_m_4 T) = (norm2_m_5 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_13 : forall T : nat, 0 <= (norm2_m_5 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_a_is_z_less_its_mean_link_3 : forall T : nat, (norm2_a_3 T) = (norm2_z_4 T) + (norm2_m_5 T) - 2
      * (b_dot_m_4 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_the_memory_4 : forall T : nat, (norm2_z_4 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_draw, cited for 'corrected_draw') *)
  (H_mean_gradient_3 : forall T : nat, (a_dot_gradF_3 T) = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_S_sign_4 : forall T : nat, forall n : nat, 0 <= (S_3 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_no_step_2 : forall T : nat, (D_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_so_far_4 : forall T : nat, forall n : nat, (A_2 T) n = ((norm2_m_6 T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_S_sign_5 : forall T : nat, forall i : nat, 0 <= (S_3 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_no_update_2 : forall T : nat, (S_3 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_so_far_5 : forall T : nat, forall n : nat, forall i : nat, (A_2 T) i = (((norm2_m_2_3 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_one_more_2 : forall T : nat, forall n : nat, forall i : nat, (A_2 T) (S i) = (((norm2_m_2_3 T)
      n) i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_2 T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2_2 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_S_n_1_4 : forall T : nat, forall n : nat, forall i : nat, (S_3 T) (S i) = (((norm2_y_2_2 T) n)
      i) + (S_3 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_2_3 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2_3 T) n) i) +
      (((norm2_y_2_2 T) n) i) - 2 * (((m_dot_y_2 T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_S_n_1_5 : forall T : nat, forall n : nat, (S_3 T) (S n) = ((norm2_y_5 T) n) + (S_3 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_D_n_1_2 : forall T : nat, forall n : nat, (D_2 T) (S n) = ((norm2_m_6 T) n) * (INR n) ^ 2 * eta
      ^ 2 + (D_2 T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_square_3_3 : forall T : nat, forall n : nat, 0 <= ((norm2_y_5 T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_the_path_2 : forall T : nat, (D_2 T) K = INR K * (norm2_v_2 T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_the_gradients_2 : forall T : nat, (S_3 T) K = INR K * ((norm2_a_4 T) + (norm2_t_5 T) + (g T) +
      2 * (a_dot_t_4 T) + 2 * (a_dot_gradF_4 T) + 2 * (t_dot_gradF_5 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_smoothness_6 : forall T : nat, (norm2_t_5 T) <= (norm2_v_2 T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_z2_sign_4 : forall T : nat, 0 <= (norm2_z_5 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') *)
  (H_mean_2_2 : forall T : nat, (b_dot_m_2_2 T) = (norm2_m_2_4 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_square_2_4 : forall T : nat, 0 <= (norm2_m_2_4 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') *)
  (H_a_is_z_less_its_mean_link_4 : forall T : nat, (norm2_a_4 T) = (norm2_z_5 T) + (norm2_m_2_4 T) -
      2 * (b_dot_m_2_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_the_memory_5 : forall T : nat, (norm2_z_5 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_mean_gradient_4 : forall T : nat, (a_dot_gradF_4 T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_3_4 : forall T : nat, 0 <= (norm2_a_4 T) + (norm2_t_5 T) + (g T) + 2 * (a_dot_gradF_4 T)
      - 2 * (a_dot_t_4 T) - 2 * (t_dot_gradF_5 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_4_2 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_5_2 : forall T : nat, 0 <= (norm2_z_5 T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_draw, cited for
      'corrected_draw') *)
  (H_square_6_2 : forall T : nat, 0 <= (norm2_a_3 T) + (norm2_t_4 T) + (g T) + 2 * (a_dot_gradF_3 T)
      - 2 * (a_dot_t_3 T) - 2 * (t_dot_gradF_4 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_7_2 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_draw, cited for 'corrected_draw') *)
  (H_square_8_ : forall T : nat, 0 <= (norm2_z_4 T))
  (* squared norm: ‖m‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_m2_sign : forall T : nat, 0 <= (norm2_m T))
  (* assumed: the memory: H⁺ is its mean square (of theorem memory_round, cited for 'memory_round')
      *)
  (H_the_memory_6 : forall T : nat, (H (S T)) = (norm2_a_5 T) + (norm2_t_6 T) + 2 * (a_dot_t_5 T))
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i
      (of theorem memory_round, cited for 'memory_round') *)
  (H_refreshed : forall T : nat, (norm2_a_5 T) <= (H T) * (1 - p) + 0)
  (* assumed: smoothness: every f_i is L-smooth (of theorem memory_round, cited for 'memory_round')
      *)
  (H_smoothness_7 : forall T : nat, (norm2_t_6 T) <= (norm2_m T) * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² (of theorem memory_round, cited for 'memory_round')
      *)
  (H_square_14 : forall T : nat, 0 <= (norm2_a_5 T) * p ^ 2 + 4 * (norm2_t_6 T) - 4 * p * (a_dot_t_5
      T))
  (* assumed: the move: x⁺ − x = −γ(g + χ) *)
  (H_the_move : forall T : nat, (norm2_m T) = (norm2_g T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 +
      2 * (g_dot_chi T) * gamma ^ 2)
  (* assumed: unbiased, against g: χ has mean zero and g is fixed before the draw *)
  (H_unbiased_against_g_ : forall T : nat, (g_dot_chi T) = 0)
  (* assumed: H >= 0: a mean of squared norms *)
  (H_H_0 : forall T : nat, 0 <= H T)
  (* assumed: ‖∇F‖² >= 0: a squared norm *)
  (H_gradF2_0 : forall T : nat, 0 <= g T)
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* squared norm: a squared norm: ‖g‖² *)
  (H_square_15 : forall T : nat, 0 <= (norm2_g T))
  : forall T : nat, gamma * S_ T / 4 + E T + gamma * H T / (2 * p) <= F0 + H0 * gamma / (2 * p).
Proof.
  pose proof (pos_INR K).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = p / (4 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * gamma)) * (p - (4 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists i_slack, 0 <= i_slack /\ i_slack = p / (16 * L * gamma * kappa) - 1)
    as [i_slack [i_slack_sign i_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 16) / (L * gamma * kappa)) * (p - (16 * L * gamma * kappa))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (4 * L * (j_slack + 1) * (o_slack + 1))).
  { rewrite ?o_slack_def, ?j_slack_def. identity. }
  assert (chart_kappa : kappa = (j_slack + 1) / (4 * i_slack + 4)).
  { rewrite ?j_slack_def, ?i_slack_def. identity. }
  assert (every : forall T : nat, gamma * S_ T / 4 + E T + gamma * H T / (2 * p) <= F0 + H0 * gamma
      / (2 * p)).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : gamma * S_ O / 4 + E O + gamma * H O / (2 * p) <= F0 + H0 *
      gamma / (2 * p)).
  {
  pose proof (H_z2_sign O).
  pose proof (H_a2_sign O).
  pose proof (H_t2_sign O).
  pose proof (H_a_t_sign O).
  pose proof (H_a_gradF_sign O).
  pose proof (H_t_gradF_sign O).
  pose proof (H_z2_sign_ O).
  pose proof (H_z2_sign_2 O).
  pose proof (H_a2_sign_ O).
  pose proof (H_t2_sign_ O).
  pose proof (H_a_t_sign_ O).
  pose proof (H_a_gradF_sign_ O).
  pose proof (H_t_gradF_sign_ O).
  pose proof (H_z2_sign_3 O).
  pose proof (H_z2_sign_4 O).
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= H0 - (H O)).
  { exact (room _ _ H_memory). }
  assert (multiplier_2 : 0 <= gamma / (2 * p)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((1 / 8) / (L *
      (j_slack + 1))). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_3 := times_zero (- gamma / 4) _ fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (gamma / (2 * p)) * (H0 - (H
      O)) + (- gamma / 4) * (S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : gamma * S_ (S T) / 4 + E (S T) + gamma * H (S T) / (2
      * p) <= F0 + H0 * gamma / (2 * p)).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_z2_sign T).
  pose proof (H_a2_sign T).
  pose proof (H_t2_sign T).
  pose proof (H_a_t_sign T).
  pose proof (H_a_gradF_sign T).
  pose proof (H_t_gradF_sign T).
  pose proof (H_z2_sign_ T).
  pose proof (H_z2_sign_2 T).
  pose proof (H_a2_sign_ T).
  pose proof (H_t2_sign_ T).
  pose proof (H_a_t_sign_ T).
  pose proof (H_a_gradF_sign_ T).
  pose proof (H_t_gradF_sign_ T).
  pose proof (H_z2_sign_3 T).
  pose proof (H_z2_sign_4 T).
  assert (fact_1 : 0 <= (E T) + ((H T) + (g T)) * (9 * L * kappa * gamma ^ 2 / 8 + gamma / 16) -
      gamma * (norm2_g T) * (1 - L * gamma) / 2 - gamma * (g T) / 2 - (E (S T))).
  { apply room.
  refine ((scaffold_round L eta K (g T) (H T) gamma kappa (E T) (norm2_g T) (E (S T)) (norm2_t T)
      (norm2_v T) (norm2_z T) (norm2_chi_ T) (g_dot_t T) (g_dot_chi_ T) (g_dot_gradF T) (t_dot_gradF
      T) (chi_dot_gradF T) (norm2_a T) (norm2_t_ T) (norm2_z_ T) (a_dot_t T) (a_dot_gradF T)
      (t_dot_gradF_ T) (D T) (S_2 T) (norm2_m_ T) (norm2_y T) (A T) (norm2_m_2 T) (norm2_y_ T)
      (m_dot_y T) (norm2_m_2_ T) (b_dot_m T) (norm2_a_ T) (norm2_t_2 T) (norm2_v_ T) (norm2_y_2 T)
      (norm2_z_2 T) (a_dot_t_ T) (a_dot_gradF_ T) (t_dot_gradF_2 T) (b_dot_m_ T) (norm2_m_3 T)
      (b_dot_m_2 T) (norm2_a_2 T) (norm2_t_3 T) (norm2_z_3 T) (a_dot_t_2 T) (a_dot_gradF_2 T)
      (t_dot_gradF_3 T) (D_ T) (S_2_ T) (norm2_m_4 T) (norm2_y_3 T) (A_ T) (norm2_m_2_2 T)
      (norm2_y_2_ T) (m_dot_y_ T) (norm2_m_2_2_ T) (b_dot_m_2_ T) _ _ _ _ _ _ _ _ _ _ _
      (H_smoothness T) (H_unbiased_against_gradF T) (H_unbiased_against_g T) (H_mean_of_t T)
      (H_smoothness_ T) (H_S_sign T) (H_no_step T) (H_so_far T) (H_S_sign_ T) (H_no_update T)
      (H_so_far_ T) (H_one_more T) (H_S_n_1 T) (H_square T) (H_S_n_1_ T) (H_D_n_1 T) (H_square_ T)
      (H_the_path T) (H_the_gradients T) (H_smoothness_2 T) (H_z2_sign T) (H_mean T) (H_square_2 T)
      (H_a_is_z_less_its_mean_link T) (H_the_memory T) (H_mean_gradient T) (H_square_3 T)
      (H_square_4 T) (H_square_5 T) (H_weights T) (H_a2_sign T) (H_t2_sign T) (H_a_t_sign T)
      (H_a_gradF_sign T) (H_t_gradF_sign T) (H_mean_ T) (H_square_6 T) (H_smoothness_3 T)
      (H_z2_sign_ T) (H_mean_2 T) (H_square_7 T) (H_a_is_z_less_its_mean_link_ T) (H_the_memory_ T)
      (H_mean_gradient_ T) (H_S_sign_2 T) (H_no_step_ T) (H_so_far_2 T) (H_S_sign_3 T) (H_no_update_
      T) (H_so_far_3 T) (H_one_more_ T) (H_S_n_1_2 T) (H_square_2_ T) (H_S_n_1_3 T) (H_D_n_1_ T)
      (H_square_3_ T) (H_the_path_ T) (H_the_gradients_ T) (H_smoothness_4 T) (H_z2_sign_2 T)
      (H_mean_2_ T) (H_square_2_2 T) (H_a_is_z_less_its_mean_link_2 T) (H_the_memory_2 T)
      (H_mean_gradient_2 T) (H_square_3_2 T) (H_square_4_ T) (H_square_5_ T) (H_square_6_ T)
      (H_square_7_ T) (H_square_8 T) (H_the_memory_3 T) (H_square_9 T) (H_square_10 T) (H_square_11
      T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { pose proof (H_g_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((g T)). sign. }
  { pose proof (H_H_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((H T)). sign. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((E T)). sign. }
  { pose proof (H_g2_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written (((norm2_g T))). sign. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= 9 * kappa * ((H T) + (g T)) / 4 - (norm2_chi T)).
  { apply room.
  refine ((corrected_draw L eta K (g T) (H T) kappa (norm2_a_3 T) (norm2_t_4 T) (norm2_v_2 T)
      (norm2_y_4 T) (norm2_z_4 T) (norm2_chi T) (a_dot_t_3 T) (a_dot_gradF_3 T) (t_dot_gradF_4 T)
      (b_dot_m_3 T) (norm2_m_5 T) (b_dot_m_4 T) (norm2_a_4 T) (norm2_t_5 T) (norm2_z_5 T) (a_dot_t_4
      T) (a_dot_gradF_4 T) (t_dot_gradF_5 T) (D_2 T) (S_3 T) (norm2_m_6 T) (norm2_y_5 T) (A_2 T)
      (norm2_m_2_3 T) (norm2_y_2_2 T) (m_dot_y_2 T) (norm2_m_2_4 T) (b_dot_m_2_2 T) _ _ _ _ _ _ _ _
      (H_weights_ T) (H_a2_sign_ T) (H_t2_sign_ T) (H_a_t_sign_ T) (H_a_gradF_sign_ T)
      (H_t_gradF_sign_ T) (H_mean_3 T) (H_square_12 T) (H_smoothness_5 T) (H_z2_sign_3 T) (H_mean_4
      T) (H_square_13 T) (H_a_is_z_less_its_mean_link_3 T) (H_the_memory_4 T) (H_mean_gradient_3 T)
      (H_S_sign_4 T) (H_no_step_2 T) (H_so_far_4 T) (H_S_sign_5 T) (H_no_update_2 T) (H_so_far_5 T)
      (H_one_more_2 T) (H_S_n_1_4 T) (H_square_2_3 T) (H_S_n_1_5 T) (H_D_n_1_2 T) (H_square_3_3 T)
      (H_the_path_2 T) (H_the_gradients_2 T) (H_smoothness_6 T) (H_z2_sign_4 T) (H_mean_2_2 T)
      (H_square_2_4 T) (H_a_is_z_less_its_mean_link_4 T) (H_the_memory_5 T) (H_mean_gradient_4 T)
      (H_square_3_4 T) (H_square_4_2 T) (H_square_5_2 T) (H_square_6_2 T) (H_square_7_2 T)
      (H_square_8_ T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { pose proof (H_g_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((g T)). sign. }
  { pose proof (H_H_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((H T)). sign. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= L ^ 2 * gamma ^ 3 * (p + 2) / (2 * p ^ 2)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((1 / 128) * (2 *
      o_slack + 3) / ((o_slack + 1) ^ 2 * L * (j_slack + 1) ^ 3)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= (norm2_m T) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T) * (1 - p) + 0) - (H
      (S T))).
  { apply room.
  refine ((memory_round L p (H T) 0 (norm2_m T) (H (S T)) (norm2_a_5 T) (norm2_t_6 T) (a_dot_t_5 T)
      _ _ _ _ _ _ (H_the_memory_6 T) (H_refreshed T) (H_smoothness_7 T) (H_square_14 T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize p_sign. cbn [INR]. lra. }
  { pose proof (H_H_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written ((H T)). sign. }
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written (0). sign. }
  { pose proof (H_m2_sign T). rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa.
      written (((norm2_m T))). sign. }
  { generalize in_range_p_1. cbn [INR]. lra. } }
  assert (multiplier_3 : 0 <= gamma / (2 * p)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((1 / 8) / (L *
      (j_slack + 1))). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : (norm2_m T) - ((norm2_g T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 + 2 *
      (g_dot_chi T) * gamma ^ 2) = 0).
  { exact (same _ _ (H_the_move T)). }
  assert (part_4 := times_zero (- gamma * L ^ 2 * (p + 2) / (2 * p ^ 2)) _ fact_4).
  assert (fact_5 : (g_dot_chi T) - 0 = 0).
  { exact (same _ _ (H_unbiased_against_g_ T)). }
  assert (part_5 := times_zero (- L ^ 2 * gamma ^ 3 * (p + 2) / p ^ 2) _ fact_5).
  assert (fact_6 : 0 <= H T - 0).
  { exact (room _ _ (H_H_0 T)). }
  assert (multiplier_6 : 0 <= gamma * (4 * p ^ 3 + 3 * p ^ 2 - 18 * p * kappa * L ^ 2 * gamma ^ 2 -
      36 * kappa * L ^ 2 * gamma ^ 2 - 18 * L * gamma * kappa * p ^ 2) / (16 * p ^ 2)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((1 / 2048) * (96 *
      i_slack * j_slack * o_slack + 224 * i_slack * j_slack + 96 * i_slack * o_slack + 224 * i_slack
      + 96 * j_slack * o_slack + 188 * j_slack + 78 * o_slack + 161) / ((j_slack + 1) ^ 2 * (o_slack
      + 1) ^ 2 * L * (i_slack + 1))). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= g T - 0).
  { exact (room _ _ (H_gradF2_0 T)). }
  assert (multiplier_7 : 0 <= - 3 * gamma * (6 * p * kappa * L ^ 2 * gamma ^ 2 + 12 * kappa * L ^ 2
      * gamma ^ 2 + 6 * L * gamma * kappa * p ^ 2 - p ^ 2) / (16 * p ^ 2)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((3 / 2048) * (32 *
      i_slack * j_slack * o_slack + 32 * i_slack * j_slack + 32 * i_slack * o_slack + 32 * i_slack +
      32 * j_slack * o_slack + 20 * j_slack + 26 * o_slack + 11) / ((j_slack + 1) ^ 2 * (o_slack +
      1) ^ 2 * L * (i_slack + 1))). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_8 := times_zero (- gamma / 4) _ fact_8).
  assert (fact_9 : 0 <= F0 + H0 * gamma / (2 * p) - (gamma * S_ T / 4 + E T + gamma * H T / (2 *
      p))).
  { exact (room _ _ hypothesis). }
  assert (fact_10 : 0 <= (norm2_g T)).
  { exact (H_square_15 T). }
  assert (multiplier_10 : 0 <= - gamma * (p * L ^ 2 * gamma ^ 2 + 2 * L ^ 2 * gamma ^ 2 + L * gamma
      * p ^ 2 - p ^ 2) / (2 * p ^ 2)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa. written ((1 / 128) * (16 *
      o_slack * j_slack ^ 2 + 16 * j_slack ^ 2 + 32 * j_slack * o_slack + 28 * j_slack + 14 *
      o_slack + 9) / ((o_slack + 1) ^ 2 * L * (j_slack + 1) ^ 3)). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + ((H T) + (g T)) * (9 * L * kappa *
      gamma ^ 2 / 8 + gamma / 16) - gamma * (norm2_g T) * (1 - L * gamma) / 2 - gamma * (g T) / 2 -
      (E (S T))) + (L ^ 2 * gamma ^ 3 * (p + 2) / (2 * p ^ 2)) * (9 * kappa * ((H T) + (g T)) / 4 -
      (norm2_chi T)) + (gamma / (2 * p)) * ((norm2_m T) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T)
      * (1 - p) + 0) - (H (S T))) + (- gamma * L ^ 2 * (p + 2) / (2 * p ^ 2)) * ((norm2_m T) -
      ((norm2_g T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 + 2 * (g_dot_chi T) * gamma ^ 2)) + (- L
      ^ 2 * gamma ^ 3 * (p + 2) / p ^ 2) * ((g_dot_chi T) - 0) + (gamma * (4 * p ^ 3 + 3 * p ^ 2 -
      18 * p * kappa * L ^ 2 * gamma ^ 2 - 36 * kappa * L ^ 2 * gamma ^ 2 - 18 * L * gamma * kappa *
      p ^ 2) / (16 * p ^ 2)) * (H T - 0) + (- 3 * gamma * (6 * p * kappa * L ^ 2 * gamma ^ 2 + 12 *
      kappa * L ^ 2 * gamma ^ 2 + 6 * L * gamma * kappa * p ^ 2 - p ^ 2) / (16 * p ^ 2)) * (g T - 0)
      + (- gamma / 4) * (S_ (S T) - (S_ T + g T)) + (F0 + H0 * gamma / (2 * p) - (gamma * S_ T / 4 +
      E T + gamma * H T / (2 * p))) + (- gamma * (p * L ^ 2 * gamma ^ 2 + 2 * L ^ 2 * gamma ^ 2 + L
      * gamma * p ^ 2 - p ^ 2) / (2 * p ^ 2)) * (norm2_g T)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* SCAFFOLD without noise reaches a small gradient, however unlike the clients are *)
Theorem scaffold
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (p : R) (* the least probability p that a client reports *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (H0 : R) (* H₀, that of the memory at the start *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (phi : R) (* φ *)
  (E : nat -> R) (*  *)
  (H : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_g : nat -> R) (* ‖g‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (g_dot_chi : nat -> R) (* ⟨g,χ⟩ *)
  (g : nat -> R) (*  *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (norm2_chi_ : nat -> R) (* ‖χ‖² *)
  (g_dot_t : nat -> R) (* ⟨g,t⟩ *)
  (g_dot_chi_ : nat -> R) (* ⟨g,χ⟩ *)
  (g_dot_gradF : nat -> R) (* ⟨g,∇F⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (chi_dot_gradF : nat -> R) (* ⟨χ,∇F⟩ *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_z_ : nat -> R) (* ‖z‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : nat -> R) (* ⟨t,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> nat -> R) (* ‖y‖² *)
  (A : nat -> nat -> R) (*  *)
  (norm2_m_2 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_ : nat -> R) (* ‖m‖² *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t_2 : nat -> R) (* ‖t‖² *)
  (norm2_v_ : nat -> R) (* ‖v‖² *)
  (norm2_y_2 : nat -> R) (* ‖y‖² *)
  (norm2_z_2 : nat -> R) (* ‖z‖² *)
  (a_dot_t_ : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : nat -> R) (* ⟨t,∇F⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_3 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_2 : nat -> R) (* ‖a‖² *)
  (norm2_t_3 : nat -> R) (* ‖t‖² *)
  (norm2_z_3 : nat -> R) (* ‖z‖² *)
  (a_dot_t_2 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_3 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> nat -> R) (*  *)
  (S_2_ : nat -> nat -> R) (*  *)
  (norm2_m_4 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> nat -> R) (* ‖y‖² *)
  (A_ : nat -> nat -> R) (*  *)
  (norm2_m_2_2 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_2_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_2_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_3 : nat -> R) (* ‖a‖² *)
  (norm2_t_4 : nat -> R) (* ‖t‖² *)
  (norm2_v_2 : nat -> R) (* ‖v‖² *)
  (norm2_y_4 : nat -> R) (* ‖y‖² *)
  (norm2_z_4 : nat -> R) (* ‖z‖² *)
  (a_dot_t_3 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_3 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_4 : nat -> R) (* ⟨t,∇F⟩ *)
  (b_dot_m_3 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_5 : nat -> R) (* ‖m‖² *)
  (b_dot_m_4 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_4 : nat -> R) (* ‖a‖² *)
  (norm2_t_5 : nat -> R) (* ‖t‖² *)
  (norm2_z_5 : nat -> R) (* ‖z‖² *)
  (a_dot_t_4 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_4 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_5 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_2 : nat -> nat -> R) (*  *)
  (S_3 : nat -> nat -> R) (*  *)
  (norm2_m_6 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_5 : nat -> nat -> R) (* ‖y‖² *)
  (A_2 : nat -> nat -> R) (*  *)
  (norm2_m_2_3 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2_2 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_2 : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_m_2_4 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_5 : nat -> R) (* ‖a‖² *)
  (norm2_t_6 : nat -> R) (* ‖t‖² *)
  (a_dot_t_5 : nat -> R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* range: H₀, that of the memory at the start *)
  (H0_sign : 0 <= H0)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 4γL <= p *)
  (in_range_4gammaL_p : 4 * L * gamma <= p)
  (* condition: 16γLκ <= p *)
  (in_range_16gammaLkappa_p : 16 * L * gamma * kappa <= p)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_start : E O <= F0)
  (* assumed: memory: the first staleness is at most H₀ (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_memory : H O <= H0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: H(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_H_T_sign : forall T : nat, 0 <= H T)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: ‖g‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_g2_sign : forall T : nat, 0 <= (norm2_g T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g_dot_gradF T) + gamma * (chi_dot_gradF T) <=
      (E T) + L * ((norm2_g T) * gamma ^ 2 + (norm2_chi_ T) * gamma ^ 2 + 2 * (g_dot_chi_ T) * gamma
      ^ 2) / 2)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_unbiased_against_gradF : forall T : nat, (chi_dot_gradF T) = 0)
  (* assumed: unbiased, against g: χ has mean zero and g is fixed before the draw (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_unbiased_against_g : forall T : nat, (g_dot_chi_ T) = 0)
  (* assumed: mean of t: g − ∇F(x) is the mean of t, and it is the same for all (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean_of_t : forall T : nat, (g_dot_t T) + 2 * (g_dot_gradF T) = (norm2_g T) + (g T) +
      (t_dot_gradF T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_ : forall T : nat, (norm2_t T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m_ T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_2 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_one_more : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_2 T) n) i)
      * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_ T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2 T) n) i) +
      (((norm2_y_ T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = ((norm2_m_ T) n) * (INR n) ^ 2 * eta ^ 2
      + (D T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_ : forall T : nat, forall n : nat, 0 <= ((norm2_y T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_path : forall T : nat, (D T) K = INR K * (norm2_v T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_gradients : forall T : nat, (S_2 T) K = INR K * ((norm2_a T) + (norm2_t_ T) + (g T) + 2 *
      (a_dot_t T) + 2 * (a_dot_gradF T) + 2 * (t_dot_gradF_ T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_2 : forall T : nat, (norm2_t_ T) <= (norm2_v T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_z2_sign : forall T : nat, 0 <= (norm2_z_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_m_2_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_m_2_ T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round,
      cited for 'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_is_z_less_its_mean_link : forall T : nat, (norm2_a T) = (norm2_z_ T) + (norm2_m_2_ T) - 2 *
      (b_dot_m T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory : forall T : nat, (norm2_z_ T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_gradient : forall T : nat, (a_dot_gradF T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_a T) + (norm2_t_ T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_t T) - 2 * (t_dot_gradF_ T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_4 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_5 : forall T : nat, 0 <= (norm2_z_ T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_weights : forall T : nat, (norm2_chi_ T) <= kappa * (norm2_y_2 T))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a2_sign : forall T : nat, 0 <= (norm2_a_ T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t_2 T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_t_sign : forall T : nat, 0 <= (a_dot_t_ T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_gradF_sign : forall T : nat, 0 <= (a_dot_gradF_ T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_t_gradF_sign : forall T : nat, 0 <= (t_dot_gradF_2 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_y_2 T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_6 : forall T : nat, 0 <= ((norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_t_ T) + 2 *
      (a_dot_gradF_ T) + 2 * (t_dot_gradF_2 T)) + (norm2_y_2 T) - 2 * (b_dot_m_ T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_3 : forall T : nat, (norm2_t_2 T) <= (norm2_v_ T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_z2_sign_ : forall T : nat, 0 <= (norm2_z_2 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_3 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_7 : forall T : nat, 0 <= (norm2_m_3 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_is_z_less_its_mean_link_ : forall T : nat, (norm2_a_ T) = (norm2_z_2 T) + (norm2_m_3 T) - 2 *
      (b_dot_m_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory_ : forall T : nat, (norm2_z_2 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_gradient_ : forall T : nat, (a_dot_gradF_ T) = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_sign_2 : forall T : nat, forall n : nat, 0 <= (S_2_ T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_no_step_ : forall T : nat, (D_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_so_far_2 : forall T : nat, forall n : nat, (A_ T) n = ((norm2_m_4 T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_S_sign_3 : forall T : nat, forall i : nat, 0 <= (S_2_ T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_no_update_ : forall T : nat, (S_2_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_so_far_3 : forall T : nat, forall n : nat, forall i : nat, (A_ T) i = (((norm2_m_2_2 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_one_more_ : forall T : nat, forall n : nat, forall i : nat, (A_ T) (S i) = (((norm2_m_2_2 T) n)
      i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_ T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_S_n_1_2 : forall T : nat, forall n : nat, forall i : nat, (S_2_ T) (S i) = (((norm2_y_2_ T) n)
      i) + (S_2_ T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_2_ : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2_2 T) n) i) +
      (((norm2_y_2_ T) n) i) - 2 * (((m_dot_y_ T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_n_1_3 : forall T : nat, forall n : nat, (S_2_ T) (S n) = ((norm2_y_3 T) n) + (S_2_ T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_D_n_1_ : forall T : nat, forall n : nat, (D_ T) (S n) = ((norm2_m_4 T) n) * (INR n) ^ 2 * eta ^
      2 + (D_ T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_3_ : forall T : nat, forall n : nat, 0 <= ((norm2_y_3 T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_the_path_ : forall T : nat, (D_ T) K = INR K * (norm2_v_ T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_gradients_ : forall T : nat, (S_2_ T) K = INR K * ((norm2_a_2 T) + (norm2_t_3 T) + (g T) +
      2 * (a_dot_t_2 T) + 2 * (a_dot_gradF_2 T) + 2 * (t_dot_gradF_3 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_smoothness_4 : forall T : nat, (norm2_t_3 T) <= (norm2_v_ T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_z2_sign_2 : forall T : nat, 0 <= (norm2_z_3 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_2_ : forall T : nat, (b_dot_m_2_ T) = (norm2_m_2_2_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_2_2 : forall T : nat, 0 <= (norm2_m_2_2_ T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_is_z_less_its_mean_link_2 : forall T : nat, (norm2_a_2 T) = (norm2_z_3 T) + (norm2_m_2_2_ T)
      - 2 * (b_dot_m_2_ T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_the_memory_2 : forall T : nat, (norm2_z_3 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_gradient_2 : forall T : nat, (a_dot_gradF_2 T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_3_2 : forall T : nat, 0 <= (norm2_a_2 T) + (norm2_t_3 T) + (g T) + 2 * (a_dot_gradF_2 T)
      - 2 * (a_dot_t_2 T) - 2 * (t_dot_gradF_3 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_4_ : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_5_ : forall T : nat, 0 <= (norm2_z_3 T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_round, cited for 'scaffold_round') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_6_ : forall T : nat, 0 <= (norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_gradF_ T) -
      2 * (a_dot_t_ T) - 2 * (t_dot_gradF_2 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_7_ : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_round, cited for 'scaffold_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_8 : forall T : nat, 0 <= (norm2_z_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory_3 : forall T : nat, (norm2_z T) = (H T))
  (* squared norm: a squared norm: ‖-g + t + ∇F‖² (of theorem scaffold_round, cited for
      'scaffold_round') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_9 : forall T : nat, 0 <= (norm2_g T) + (norm2_t T) + (g T) + 2 * (t_dot_gradF T) - 2 *
      (g_dot_t T) - 2 * (g_dot_gradF T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_10 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem scaffold_round, cited for 'scaffold_round') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_11 : forall T : nat, 0 <= (norm2_z T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_weights_ : forall T : nat, (norm2_chi T) <= kappa * (norm2_y_4 T))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_a2_sign_ : forall T : nat, 0 <= (norm2_a_3 T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_t2_sign_ : forall T : nat, 0 <= (norm2_t_4 T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_a_t_sign_ : forall T : nat, 0 <= (a_dot_t_3 T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_a_gradF_sign_ : forall T : nat, 0 <= (a_dot_gradF_3 T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_t_gradF_sign_ : forall T : nat, 0 <= (t_dot_gradF_4 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_3 : forall T : nat, (b_dot_m_3 T) = (norm2_y_4 T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum,
      cited for 'scaffold_sum') *)
  (H_square_12 : forall T : nat, 0 <= ((norm2_a_3 T) + (norm2_t_4 T) + (g T) + 2 * (a_dot_t_3 T) + 2
      * (a_dot_gradF_3 T) + 2 * (t_dot_gradF_4 T)) + (norm2_y_4 T) - 2 * (b_dot_m_3 T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_5 : forall T : nat, (norm2_t_4 T) <= (norm2_v_2 T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_z2_sign_3 : forall T : nat, 0 <= (norm2_z_4 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_4 : forall T : nat, (b_dot_m_4 T) = (norm2_m_5 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_square_13 : forall T : nat, 0 <= (norm2_m_5 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_a_is_z_less_its_mean_link_3 : forall T : nat, (norm2_a_3 T) = (norm2_z_4 T) + (norm2_m_5 T) - 2
      * (b_dot_m_4 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory_4 : forall T : nat, (norm2_z_4 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean_gradient_3 : forall T : nat, (a_dot_gradF_3 T) = 0)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_sign_4 : forall T : nat, forall n : nat, 0 <= (S_3 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_no_step_2 : forall T : nat, (D_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_so_far_4 : forall T : nat, forall n : nat, (A_2 T) n = ((norm2_m_6 T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_sign_5 : forall T : nat, forall i : nat, 0 <= (S_3 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_no_update_2 : forall T : nat, (S_3 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_so_far_5 : forall T : nat, forall n : nat, forall i : nat, (A_2 T) i = (((norm2_m_2_3 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_one_more_2 : forall T : nat, forall n : nat, forall i : nat, (A_2 T) (S i) = (((norm2_m_2_3 T)
      n) i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_2 T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2_2 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_n_1_4 : forall T : nat, forall n : nat, forall i : nat, (S_3 T) (S i) = (((norm2_y_2_2 T) n)
      i) + (S_3 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_2_3 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_2_3 T) n) i) +
      (((norm2_y_2_2 T) n) i) - 2 * (((m_dot_y_2 T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_S_n_1_5 : forall T : nat, forall n : nat, (S_3 T) (S n) = ((norm2_y_5 T) n) + (S_3 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_D_n_1_2 : forall T : nat, forall n : nat, (D_2 T) (S n) = ((norm2_m_6 T) n) * (INR n) ^ 2 * eta
      ^ 2 + (D_2 T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_3_3 : forall T : nat, forall n : nat, 0 <= ((norm2_y_5 T) n))
  (* assumed: the path: a mean over K steps (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_path_2 : forall T : nat, (D_2 T) K = INR K * (norm2_v_2 T))
  (* assumed: the gradients: ∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_gradients_2 : forall T : nat, (S_3 T) K = INR K * ((norm2_a_4 T) + (norm2_t_5 T) + (g T) +
      2 * (a_dot_t_4 T) + 2 * (a_dot_gradF_4 T) + 2 * (t_dot_gradF_5 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_6 : forall T : nat, (norm2_t_5 T) <= (norm2_v_2 T) * L ^ 2)
  (* squared norm: ‖z‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_z2_sign_4 : forall T : nat, 0 <= (norm2_z_5 T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'a
      is z less its mean') (of theorem corrected_deviation, cited for 'corrected_deviation') (of
      theorem corrected_draw, cited for 'corrected_draw') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_mean_2_2 : forall T : nat, (b_dot_m_2_2 T) = (norm2_m_2_4 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'a is z less its mean') (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_2_4 : forall T : nat, 0 <= (norm2_m_2_4 T))
  (* what is bounded: 'a is z less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw,
      cited for 'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_a_is_z_less_its_mean_link_4 : forall T : nat, (norm2_a_4 T) = (norm2_z_5 T) + (norm2_m_2_4 T) -
      2 * (b_dot_m_2_2 T))
  (* assumed: the memory: H is the mean of ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory_5 : forall T : nat, (norm2_z_5 T) = (H T))
  (* assumed: mean gradient: a has mean 0 over clients, and ∇F(x) is the same for all (of theorem
      corrected_deviation, cited for 'corrected_deviation') (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_mean_gradient_4 : forall T : nat, (a_dot_gradF_4 T) = 0)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_3_4 : forall T : nat, 0 <= (norm2_a_4 T) + (norm2_t_5 T) + (g T) + 2 * (a_dot_gradF_4 T)
      - 2 * (a_dot_t_4 T) - 2 * (t_dot_gradF_5 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_4_2 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_deviation, cited for
      'corrected_deviation') (of theorem corrected_draw, cited for 'corrected_draw') (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_5_2 : forall T : nat, 0 <= (norm2_z_5 T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem corrected_draw, cited for
      'corrected_draw') (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_6_2 : forall T : nat, 0 <= (norm2_a_3 T) + (norm2_t_4 T) + (g T) + 2 * (a_dot_gradF_3 T)
      - 2 * (a_dot_t_3 T) - 2 * (t_dot_gradF_4 T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_7_2 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖z‖² (of theorem corrected_draw, cited for 'corrected_draw') (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_8_ : forall T : nat, 0 <= (norm2_z_4 T))
  (* squared norm: ‖m‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_m2_sign : forall T : nat, 0 <= (norm2_m T))
  (* assumed: the memory: H⁺ is its mean square (of theorem memory_round, cited for 'memory_round')
      (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_memory_6 : forall T : nat, (H (S T)) = (norm2_a_5 T) + (norm2_t_6 T) + 2 * (a_dot_t_5 T))
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i
      (of theorem memory_round, cited for 'memory_round') (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_refreshed : forall T : nat, (norm2_a_5 T) <= (H T) * (1 - p) + 0)
  (* assumed: smoothness: every f_i is L-smooth (of theorem memory_round, cited for 'memory_round')
      (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_smoothness_7 : forall T : nat, (norm2_t_6 T) <= (norm2_m T) * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² (of theorem memory_round, cited for 'memory_round')
      (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_14 : forall T : nat, 0 <= (norm2_a_5 T) * p ^ 2 + 4 * (norm2_t_6 T) - 4 * p * (a_dot_t_5
      T))
  (* assumed: the move: x⁺ − x = −γ(g + χ) (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_the_move : forall T : nat, (norm2_m T) = (norm2_g T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 +
      2 * (g_dot_chi T) * gamma ^ 2)
  (* assumed: unbiased, against g: χ has mean zero and g is fixed before the draw (of theorem
      scaffold_sum, cited for 'scaffold_sum') *)
  (H_unbiased_against_g_ : forall T : nat, (g_dot_chi T) = 0)
  (* assumed: H >= 0: a mean of squared norms (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_H_0 : forall T : nat, 0 <= H T)
  (* assumed: ‖∇F‖² >= 0: a squared norm (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_gradF2_0 : forall T : nat, 0 <= g T)
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem scaffold_sum, cited for
      'scaffold_sum') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* squared norm: a squared norm: ‖g‖² (of theorem scaffold_sum, cited for 'scaffold_sum') *)
  (H_square_15 : forall T : nat, 0 <= (norm2_g T))
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² *)
  (H_mean_gradient_5 : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  (* assumed: H >= 0: a mean of squared norms *)
  (H_H_0_ : 0 <= H T)
  : phi <= 4 * F0 / (INR T * gamma) + 2 * H0 / (INR T * p).
Proof.
  pose proof (pos_INR K).
  pose proof (pos_INR T).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = p / (4 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * gamma)) * (p - (4 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists i_slack, 0 <= i_slack /\ i_slack = p / (16 * L * gamma * kappa) - 1)
    as [i_slack [i_slack_sign i_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 16) / (L * gamma * kappa)) * (p - (16 * L * gamma * kappa))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (4 * L * (j_slack + 1) * (o_slack + 1))).
  { rewrite ?o_slack_def, ?j_slack_def. identity. }
  assert (chart_kappa : kappa = (j_slack + 1) / (4 * i_slack + 4)).
  { rewrite ?j_slack_def, ?i_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + H0 * gamma / (2 * p) - (gamma * S_ T / 4 + E T + gamma * H T / (2 *
      p))).
  { apply room.
  refine ((scaffold_sum L eta K gamma p kappa H0 F0 norm2_g norm2_m norm2_chi g_dot_chi E H S_ g
      norm2_t norm2_v norm2_z norm2_chi_ g_dot_t g_dot_chi_ g_dot_gradF t_dot_gradF chi_dot_gradF
      norm2_a norm2_t_ norm2_z_ a_dot_t a_dot_gradF t_dot_gradF_ D S_2 norm2_m_ norm2_y A norm2_m_2
      norm2_y_ m_dot_y norm2_m_2_ b_dot_m norm2_a_ norm2_t_2 norm2_v_ norm2_y_2 norm2_z_2 a_dot_t_
      a_dot_gradF_ t_dot_gradF_2 b_dot_m_ norm2_m_3 b_dot_m_2 norm2_a_2 norm2_t_3 norm2_z_3
      a_dot_t_2 a_dot_gradF_2 t_dot_gradF_3 D_ S_2_ norm2_m_4 norm2_y_3 A_ norm2_m_2_2 norm2_y_2_
      m_dot_y_ norm2_m_2_2_ b_dot_m_2_ norm2_a_3 norm2_t_4 norm2_v_2 norm2_y_4 norm2_z_4 a_dot_t_3
      a_dot_gradF_3 t_dot_gradF_4 b_dot_m_3 norm2_m_5 b_dot_m_4 norm2_a_4 norm2_t_5 norm2_z_5
      a_dot_t_4 a_dot_gradF_4 t_dot_gradF_5 D_2 S_3 norm2_m_6 norm2_y_5 A_2 norm2_m_2_3 norm2_y_2_2
      m_dot_y_2 norm2_m_2_4 b_dot_m_2_2 norm2_a_5 norm2_t_6 a_dot_t_5 _ _ _ _ _ _ _ _ _ _ _ _ _
      H_start H_memory H_no_gradient_yet H_g_T_sign H_H_T_sign H_E_T_sign H_g2_sign H_smoothness
      H_unbiased_against_gradF H_unbiased_against_g H_mean_of_t H_smoothness_ H_S_sign H_no_step
      H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more H_S_n_1 H_square H_S_n_1_ H_D_n_1
      H_square_ H_the_path H_the_gradients H_smoothness_2 H_z2_sign H_mean H_square_2
      H_a_is_z_less_its_mean_link H_the_memory H_mean_gradient H_square_3 H_square_4 H_square_5
      H_weights H_a2_sign H_t2_sign H_a_t_sign H_a_gradF_sign H_t_gradF_sign H_mean_ H_square_6
      H_smoothness_3 H_z2_sign_ H_mean_2 H_square_7 H_a_is_z_less_its_mean_link_ H_the_memory_
      H_mean_gradient_ H_S_sign_2 H_no_step_ H_so_far_2 H_S_sign_3 H_no_update_ H_so_far_3
      H_one_more_ H_S_n_1_2 H_square_2_ H_S_n_1_3 H_D_n_1_ H_square_3_ H_the_path_ H_the_gradients_
      H_smoothness_4 H_z2_sign_2 H_mean_2_ H_square_2_2 H_a_is_z_less_its_mean_link_2 H_the_memory_2
      H_mean_gradient_2 H_square_3_2 H_square_4_ H_square_5_ H_square_6_ H_square_7_ H_square_8
      H_the_memory_3 H_square_9 H_square_10 H_square_11 H_weights_ H_a2_sign_ H_t2_sign_ H_a_t_sign_
      H_a_gradF_sign_ H_t_gradF_sign_ H_mean_3 H_square_12 H_smoothness_5 H_z2_sign_3 H_mean_4
      H_square_13 H_a_is_z_less_its_mean_link_3 H_the_memory_4 H_mean_gradient_3 H_S_sign_4
      H_no_step_2 H_so_far_4 H_S_sign_5 H_no_update_2 H_so_far_5 H_one_more_2 H_S_n_1_4 H_square_2_3
      H_S_n_1_5 H_D_n_1_2 H_square_3_3 H_the_path_2 H_the_gradients_2 H_smoothness_6 H_z2_sign_4
      H_mean_2_2 H_square_2_4 H_a_is_z_less_its_mean_link_4 H_the_memory_5 H_mean_gradient_4
      H_square_3_4 H_square_4_2 H_square_5_2 H_square_6_2 H_square_7_2 H_square_8_ H_m2_sign
      H_the_memory_6 H_refreshed H_smoothness_7 H_square_14 H_the_move H_unbiased_against_g_ H_H_0
      H_gradF2_0 H_one_more_gradient H_square_15 T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize p_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize H0_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_p_1. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. }
  { generalize in_range_4gammaL_p. cbn [INR]. lra. }
  { generalize in_range_16gammaLkappa_p. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 4 / (INR T * gamma)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa, ?chart_T. written (16 *
      (o_slack + 1) * L * (j_slack + 1) / (u_slack + 1)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient_5). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 4 / (INR T * gamma)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa, ?chart_T. written (16 *
      (o_slack + 1) * L * (j_slack + 1) / (u_slack + 1)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= H T - 0).
  { exact (room _ _ H_H_0_). }
  assert (multiplier_4 : 0 <= 2 / (INR T * p)).
  { rewrite ?chart_K, ?chart_eta, ?chart_p, ?chart_gamma, ?chart_kappa, ?chart_T. written (2 *
      (o_slack + 1) / (u_slack + 1)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((4 / (INR T * gamma)) * (F0 + H0 * gamma / (2
      * p) - (gamma * S_ T / 4 + E T + gamma * H T / (2 * p))) + (- 1) * (phi - (S_ T / INR T)) + (4
      / (INR T * gamma)) * (E T - 0) + (2 / (INR T * p)) * (H T - 0)) by identity end.
  parts.
  }
Qed.

Print Assumptions scaffold.
