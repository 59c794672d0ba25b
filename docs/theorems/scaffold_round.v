(* One round of SCAFFOLD without noise decreases the value, up to the staleness. *)
(* F = Σ d_i f_i, every f_i is L-smooth, gradients are without noise; the server keeps a gradient
    h_i of every client, h̄ = Σ d_i h_i, H = Σ d_i‖h_i − ∇f_i(x)‖²; every client takes K local steps
    of η along ∇f_i(w) − h_i + h̄ from x; products are means over clients with weights d_i, over the
    K steps, and expectations: t = ∇f_i(w) − ∇f_i(x), z = ∇f_i(x) − h_i, a is z less its mean, v = w
    − x. χ = Σ (P_i − d_i)G_i, G_i = y the mean of a client's K corrected gradients, and E‖Σ (P_i −
    d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u. x⁺ = x − γ(g + χ), g − ∇F(x) the mean of t; E P_i = d_i
    given the local steps; values are measured from a lower bound. *)
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
Theorem scaffold_round
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

Print Assumptions scaffold_round.
