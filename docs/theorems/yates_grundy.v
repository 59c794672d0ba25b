(* The variance of draws whose number is fixed. *)
(* Clients are drawn with probabilities p_i, i and j together with probability π_ij, π_ii = p_i; Δ =
    Σ u_i/p_i [i drawn], U = Σ u_i. The number m of clients drawn is always the same; Y = Σ_{i≠j}
    (p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖²; b_1, b_3 and b_2, b_4 are the sums over all pairs of
    (p_j/p_i)‖u_i‖² and of π_ij‖u_i‖²/p_i², and the same with i and j exchanged. *)
(* Reference: Yates and Grundy (1953); Sen (1953). *)

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

(* The covariance of two clients' steps, from how often both are drawn *)
Lemma joint_covariance
  (p : R) (* the probability p *)
  (q : R) (* the probability q *)
  (pi : R) (* π, the probability that both are drawn *)
  (u_dot_w : R) (* ⟨u, w⟩ *)
  (c : R) (* c *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: the probability q *)
  (q_sign : 0 < q)
  (* range: π, the probability that both are drawn *)
  (pi_sign : 0 <= pi)
  (* assumed: four outcomes: both are drawn, one of them, or none *)
  (H_four_outcomes : c + u_dot_w = pi * u_dot_w / (p * q))
  : c = pi * u_dot_w / (p * q) - u_dot_w.
Proof.
  {
  assert (fact_1 : c + u_dot_w - (pi * u_dot_w / (p * q)) = 0).
  { exact (same _ _ H_four_outcomes). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (c + u_dot_w - (pi * u_dot_w / (p *
      q)))) by identity end.
  parts.
  }
Qed.

(* The variance of dependent draws, from joint inclusion probabilities *)
Lemma joint_variance
  (e_1 : R) (* Σ_{i,j} π_ij/(p_i p_j) ⟨u_i, u_j⟩, i = j among them *)
  (e_2 : R) (* ‖U‖² = Σ_{i,j} ⟨u_i, u_j⟩ *)
  (v : R) (* v *)
  (kappa : R) (* κ *)
  (joint_covariance_number : nat) (* how many: every ordered pair of clients, each with itself among
      them *)
  (p : nat -> R) (* the probability p, one a term *)
  (q : nat -> R) (* the probability q, one a term *)
  (pi : nat -> R) (* π, the probability that both are drawn, one a term *)
  (u_dot_w : nat -> R) (* ⟨u, w⟩, one a term *)
  (c : nat -> R) (* c, one a term *)
  (* range: Σ_{i,j} π_ij/(p_i p_j) ⟨u_i, u_j⟩, i = j among them *)
  (e_1_sign : 0 <= e_1)
  (* range: ‖U‖² = Σ_{i,j} ⟨u_i, u_j⟩ *)
  (e_2_sign : 0 <= e_2)
  (* assumed: the square: Δ − U is the sum of X_i − u_i; its square is the sum over all pairs *)
  (H_the_square : v = kappa)
  (* condition: the probability p, for every ordered pair of clients, each with itself among them *)
  (H_p_sign : forall i : nat, 0 < (p i))
  (* condition: the probability q, for every ordered pair of clients, each with itself among them *)
  (H_q_sign : forall i : nat, 0 < (q i))
  (* condition: π, the probability that both are drawn, for every ordered pair of clients, each with
      itself among them *)
  (H_pi_sign : forall i : nat, 0 <= (pi i))
  (* assumed: four outcomes: both are drawn, one of them, or none, for every ordered pair of
      clients, each with itself among them *)
  (H_four_outcomes : forall i : nat, (c i) + (u_dot_w i) = (pi i) * (u_dot_w i) / ((p i) * (q i)))
  (* what is bounded: κ is the sum of c *)
  (H_kappa_total : kappa = total joint_covariance_number (fun i => (c i)))
  (* what is bounded: e_1 is the sum of π*⟨u,w⟩/(p*q) *)
  (H_e_1_total : e_1 = total joint_covariance_number (fun i => (pi i) * (u_dot_w i) / ((p i) * (q
      i))))
  (* what is bounded: e_2 is the sum of ⟨u,w⟩ *)
  (H_e_2_total : e_2 = total joint_covariance_number (fun i => (u_dot_w i)))
  : v = e_1 - e_2.
Proof.
  {
  assert (fact_1 : v - kappa = 0).
  { exact (same _ _ H_the_square). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : e_1 - (e_2 + kappa) = 0).
  { assert (added : forall m : nat, (total m (fun i => (pi i) * (u_dot_w i) / ((p i) * (q i)))) -
      ((total m (fun i => (u_dot_w i))) + (total m (fun i => (c i)))) = 0).
  { intro m. induction m as [| m before]; cbn [total].
  - unfold Rdiv. ring.
  - assert (one : ((pi m) * (u_dot_w m) / ((p m) * (q m)) - (u_dot_w m) - (c m)) = 0).
  { apply difference.
  refine (joint_covariance (p m) (q m) (pi m) (u_dot_w m) (c m) (H_p_sign m) (H_q_sign m) (H_pi_sign
      m) (H_four_outcomes m)).
  }
  refine (eq_trans _ (plus_zero _ _ before one)). unfold Rdiv. ring. }
  rewrite H_kappa_total, H_e_1_total, H_e_2_total. exact (added joint_covariance_number). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (v - kappa) + (e_1 - (e_2 + kappa))) by
      identity end.
  parts.
  }
Qed.

(* Two scaled updates compared, weighted by how seldom both are drawn *)
Lemma pair_difference
  (p : R) (* the probability p *)
  (q : R) (* the probability q *)
  (pi : R) (* π, the probability that both are drawn *)
  (u_dot_w : R) (* ⟨u, w⟩ *)
  (norm2_u : R) (* ‖u‖² *)
  (norm2_w : R) (* ‖w‖² *)
  (y : R) (* y *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: the probability q *)
  (q_sign : 0 < q)
  (* range: π, the probability that both are drawn *)
  (pi_sign : 0 <= pi)
  (* range: ‖u‖² *)
  (norm2_u_sign : 0 <= norm2_u)
  (* range: ‖w‖² *)
  (norm2_w_sign : 0 <= norm2_w)
  (* assumed: the comparison: definition of y *)
  (H_the_comparison : y = (p * q - pi) * (norm2_w / q ^ 2 + norm2_u / p ^ 2 - 2 * u_dot_w / (p *
      q)))
  : y = p * norm2_w / q + q * norm2_u / p + 2 * pi * u_dot_w / (p * q) - 2 * u_dot_w - pi * norm2_w
      / q ^ 2 - pi * norm2_u / p ^ 2.
Proof.
  {
  assert (fact_1 : y - ((p * q - pi) * (norm2_w / q ^ 2 + norm2_u / p ^ 2 - 2 * u_dot_w / (p * q)))
      = 0).
  { exact (same _ _ H_the_comparison). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (y - ((p * q - pi) * (norm2_w / q ^ 2 +
      norm2_u / p ^ 2 - 2 * u_dot_w / (p * q))))) by identity end.
  parts.
  }
Qed.

(* The variance of draws whose number is fixed *)
Theorem yates_grundy
  (Y : R) (* Y = Σ_{i≠j} (p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖² *)
  (b_1 : R) (* b_1 *)
  (b_2 : R) (* b_2 *)
  (b_3 : R) (* b_3 *)
  (b_4 : R) (* b_4 *)
  (e_1 : R) (* e_1 *)
  (e_2 : R) (* e_2 *)
  (v : R) (* v *)
  (kappa : R) (* κ *)
  (joint_covariance_number : nat) (* how many: every ordered pair of clients, each with itself among
      them *)
  (p : nat -> R) (* the probability p, one a term *)
  (q : nat -> R) (* the probability q, one a term *)
  (pi : nat -> R) (* π, the probability that both are drawn, one a term *)
  (u_dot_w : nat -> R) (* ⟨u, w⟩, one a term *)
  (c : nat -> R) (* c, one a term *)
  (pair_difference_number : nat) (* how many: every ordered pair of clients, each with itself among
      them *)
  (p_ : nat -> R) (* the probability p, one a term *)
  (q_ : nat -> R) (* the probability q, one a term *)
  (pi_ : nat -> R) (* π, the probability that both are drawn, one a term *)
  (u_dot_w_ : nat -> R) (* ⟨u, w⟩, one a term *)
  (norm2_u : nat -> R) (* ‖u‖², one a term *)
  (norm2_w : nat -> R) (* ‖w‖², one a term *)
  (y : nat -> R) (* y, one a term *)
  (* range: Y = Σ_{i≠j} (p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖² *)
  (Y_sign : 0 <= Y)
  (* squared norm: e_1 is not negative, being a squared norm, a mean of them or an excess *)
  (H_e_1_sign : 0 <= e_1)
  (* squared norm: e_2 is not negative, being a squared norm, a mean of them or an excess *)
  (H_e_2_sign : 0 <= e_2)
  (* assumed: the square: Δ − U is the sum of X_i − u_i; its square is the sum over all pairs (of
      theorem joint_variance, cited for 'joint_variance') *)
  (H_the_square : v = kappa)
  (* condition: the probability p, for every ordered pair of clients, each with itself among them
      (of theorem joint_variance, cited for 'joint_variance') *)
  (H_p_sign : forall i : nat, 0 < (p i))
  (* condition: the probability q, for every ordered pair of clients, each with itself among them
      (of theorem joint_variance, cited for 'joint_variance') *)
  (H_q_sign : forall i : nat, 0 < (q i))
  (* condition: π, the probability that both are drawn, for every ordered pair of clients, each with
      itself among them (of theorem joint_variance, cited for 'joint_variance') *)
  (H_pi_sign : forall i : nat, 0 <= (pi i))
  (* assumed: four outcomes: both are drawn, one of them, or none, for every ordered pair of
      clients, each with itself among them (of theorem joint_variance, cited for 'joint_variance')
      *)
  (H_four_outcomes : forall i : nat, (c i) + (u_dot_w i) = (pi i) * (u_dot_w i) / ((p i) * (q i)))
  (* what is bounded: κ is the sum of c (of theorem joint_variance, cited for 'joint_variance') *)
  (H_kappa_total : kappa = total joint_covariance_number (fun i => (c i)))
  (* what is bounded: e_1 is the sum of π*⟨u,w⟩/(p*q) (of theorem joint_variance, cited for
      'joint_variance') *)
  (H_e_1_total : e_1 = total joint_covariance_number (fun i => (pi i) * (u_dot_w i) / ((p i) * (q
      i))))
  (* what is bounded: e_2 is the sum of ⟨u,w⟩ (of theorem joint_variance, cited for
      'joint_variance') *)
  (H_e_2_total : e_2 = total joint_covariance_number (fun i => (u_dot_w i)))
  (* condition: the probability p, for every ordered pair of clients, each with itself among them *)
  (H_p_sign_ : forall i : nat, 0 < (p_ i))
  (* condition: the probability q, for every ordered pair of clients, each with itself among them *)
  (H_q_sign_ : forall i : nat, 0 < (q_ i))
  (* condition: π, the probability that both are drawn, for every ordered pair of clients, each with
      itself among them *)
  (H_pi_sign_ : forall i : nat, 0 <= (pi_ i))
  (* condition: ‖u‖², for every ordered pair of clients, each with itself among them *)
  (H_norm2_u_sign : forall i : nat, 0 <= (norm2_u i))
  (* condition: ‖w‖², for every ordered pair of clients, each with itself among them *)
  (H_norm2_w_sign : forall i : nat, 0 <= (norm2_w i))
  (* assumed: the comparison: definition of y, for every ordered pair of clients, each with itself
      among them *)
  (H_the_comparison : forall i : nat, (y i) = ((p_ i) * (q_ i) - (pi_ i)) * ((norm2_w i) / (q_ i) ^
      2 + (norm2_u i) / (p_ i) ^ 2 - 2 * (u_dot_w_ i) / ((p_ i) * (q_ i))))
  (* what is bounded: Y is the sum of y *)
  (H_Y_total : Y = total pair_difference_number (fun i => (y i)))
  (* what is bounded: b_1 is the sum of q*‖u‖²/p *)
  (H_b_1_total : b_1 = total pair_difference_number (fun i => (q_ i) * (norm2_u i) / (p_ i)))
  (* what is bounded: b_2 is the sum of π*‖u‖²/p**2 *)
  (H_b_2_total : b_2 = total pair_difference_number (fun i => (pi_ i) * (norm2_u i) / (p_ i) ^ 2))
  (* what is bounded: b_3 is the sum of p*‖w‖²/q *)
  (H_b_3_total : b_3 = total pair_difference_number (fun i => (p_ i) * (norm2_w i) / (q_ i)))
  (* what is bounded: b_4 is the sum of π*‖w‖²/q**2 *)
  (H_b_4_total : b_4 = total pair_difference_number (fun i => (pi_ i) * (norm2_w i) / (q_ i) ^ 2))
  (* what is bounded: e_2 is the sum of ⟨u,w⟩ *)
  (H_e_2_total_ : e_2 = total pair_difference_number (fun i => (u_dot_w_ i)))
  (* what is bounded: e_1 is the sum of π*⟨u,w⟩/(p*q) *)
  (H_e_1_total_ : e_1 = total pair_difference_number (fun i => (pi_ i) * (u_dot_w_ i) / ((p_ i) *
      (q_ i))))
  (* assumed: fixed number: for i, Σ_j p_j = m and Σ_j π_ij = m p_i: whenever it is drawn, m clients
      are *)
  (H_fixed_number : b_1 = b_2)
  (* assumed: fixed number, exchanged: for j, Σ_j p_j = m and Σ_j π_ij = m p_i: whenever it is
      drawn, m clients are *)
  (H_fixed_number_exchanged : b_3 = b_4)
  : v = Y / 2.
Proof.
  {
  assert (fact_1 : e_1 - e_2 - v = 0).
  { apply difference.
  refine ((joint_variance e_1 e_2 v kappa joint_covariance_number p q pi u_dot_w c _ _ H_the_square
      H_p_sign H_q_sign H_pi_sign H_four_outcomes H_kappa_total H_e_1_total H_e_2_total)).
  { pose proof H_e_1_sign. written ((e_1)). sign. }
  { pose proof H_e_2_sign. written ((e_2)). sign. } }
  assert (fact_2 : b_1 + b_3 + 2 * e_1 - (Y + b_2 + b_4 + 2 * e_2) = 0).
  { assert (added : forall m : nat, (total m (fun i => (q_ i) * (norm2_u i) / (p_ i))) + (total m
      (fun i => (p_ i) * (norm2_w i) / (q_ i))) + 2 * (total m (fun i => (pi_ i) * (u_dot_w_ i) /
      ((p_ i) * (q_ i)))) - ((total m (fun i => (y i))) + (total m (fun i => (pi_ i) * (norm2_u i) /
      (p_ i) ^ 2)) + (total m (fun i => (pi_ i) * (norm2_w i) / (q_ i) ^ 2)) + 2 * (total m (fun i
      => (u_dot_w_ i)))) = 0).
  { intro m. induction m as [| m before]; cbn [total].
  - unfold Rdiv. ring.
  - assert (one : ((p_ m) * (norm2_w m) / (q_ m) + (q_ m) * (norm2_u m) / (p_ m) + 2 * (pi_ m) *
      (u_dot_w_ m) / ((p_ m) * (q_ m)) - 2 * (u_dot_w_ m) - (pi_ m) * (norm2_w m) / (q_ m) ^ 2 -
      (pi_ m) * (norm2_u m) / (p_ m) ^ 2 - (y m)) = 0).
  { apply difference.
  refine (pair_difference (p_ m) (q_ m) (pi_ m) (u_dot_w_ m) (norm2_u m) (norm2_w m) (y m)
      (H_p_sign_ m) (H_q_sign_ m) (H_pi_sign_ m) (H_norm2_u_sign m) (H_norm2_w_sign m)
      (H_the_comparison m)).
  }
  refine (eq_trans _ (plus_zero _ _ before one)). unfold Rdiv. ring. }
  rewrite H_Y_total, H_b_1_total, H_b_2_total, H_b_3_total, H_b_4_total, H_e_2_total_, H_e_1_total_.
      exact (added pair_difference_number). }
  assert (part_2 := times_zero (- 1 / 2) _ fact_2).
  assert (fact_3 : b_1 - b_2 = 0).
  { exact (same _ _ H_fixed_number). }
  assert (part_3 := times_zero (1 / 2) _ fact_3).
  assert (fact_4 : b_3 - b_4 = 0).
  { exact (same _ _ H_fixed_number_exchanged). }
  assert (part_4 := times_zero (1 / 2) _ fact_4).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((e_1 - e_2 - v) + (- 1 / 2) * (b_1 + b_3 + 2 *
      e_1 - (Y + b_2 + b_4 + 2 * e_2)) + (1 / 2) * (b_1 - b_2) + (1 / 2) * (b_3 - b_4)) by identity
      end.
  parts.
  }
Qed.

Print Assumptions yates_grundy.
