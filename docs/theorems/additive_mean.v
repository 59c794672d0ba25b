(* The step of any number of processors is unbiased. *)
(* n processors draw one model independently; processor j with probability p_j and weighted update
    u_j; Δ = Σ u_j/p_j [j drew], U = Σ u_j; p = 1/(1 + o), u, X are those of the next processor.
    M(n) = E⟨Δ, z⟩, T(n) = ⟨U, z⟩. *)
(* Reference: Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv 2504.05138). *)

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

(* The Horvitz-Thompson step is unbiased *)
Lemma unbiased
  (p : R) (* the probability p *)
  (u_dot_z : R) (* ⟨u, z⟩ *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  : u_dot_z = u_dot_z.
Proof.
  assert (exists r_slack, 0 <= r_slack /\ r_slack = 1 - p)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 - r_slack).
  { rewrite ?r_slack_def. identity. }
  {
  apply equal.
  match goal with |- ?here = 0 => replace here with (0) by identity end.
  reflexivity.
  }
Qed.

(* The step of any number of processors is unbiased *)
Theorem additive_mean
  (o : nat -> R) (* o = 1/p − 1 of the next processor *)
  (E_X_z : nat -> R) (* E⟨X,z⟩ *)
  (u_dot_z : nat -> R) (* ⟨u,z⟩ *)
  (M : nat -> R) (*  *)
  (T : nat -> R) (*  *)
  (* range: o = 1/p − 1 of the next processor *)
  (o_sign : forall n : nat, 0 <= (o n))
  (* assumed: M(0) = 0: an empty sum *)
  (H_M_0_0 : M O = 0)
  (* assumed: T(0) = 0: an empty sum *)
  (H_T_0_0 : T O = 0)
  (* assumed: M(n + 1): one more term of the sum *)
  (H_M_n_1 : forall n : nat, M (S n) = (E_X_z n) + M n)
  (* assumed: T(n + 1): one more term of the sum *)
  (H_T_n_1 : forall n : nat, T (S n) = (u_dot_z n) + T n)
  (* what is bounded: 'unbiased': what theorem unbiased bounds, E⟨X, z⟩ for every z *)
  (H_unbiased_link : forall n : nat, (E_X_z n) = (u_dot_z n))
  : forall n : nat, M n = T n.
Proof.
  assert (every : forall n : nat, M n = T n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : M O = T O).
  {
  pose proof (o_sign O).
  cbn [INR] in *.
  assert (fact_1 : M O - 0 = 0).
  { exact (same _ _ H_M_0_0). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T O - 0 = 0).
  { exact (same _ _ H_T_0_0). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M O - 0) + (T O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : M (S n) = T (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (o_sign n).
  cbn [INR] in *.
  assert (fact_1 : M (S n) - ((E_X_z n) + M n) = 0).
  { exact (same _ _ (H_M_n_1 n)). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T (S n) - ((u_dot_z n) + T n) = 0).
  { exact (same _ _ (H_T_n_1 n)). }
  assert (fact_3 : (u_dot_z n) - (E_X_z n) = 0).
  { apply (linked_equal _ _ _ (H_unbiased_link n)).
  refine ((unbiased (1 / ((o n) + 1)) (u_dot_z n) _ _)).
  { written (1 / ((o n) + 1)). sign. }
  { apply at_most. written ((o n) / ((o n) + 1)). sign. } }
  assert (fact_4 : T n - (M n) = 0).
  { exact (difference _ _ hypothesis). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M (S n) - ((E_X_z n) + M n)) + (T (S
      n) - ((u_dot_z n) + T n)) + ((u_dot_z n) - (E_X_z n)) + (T n - (M n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

Print Assumptions additive_mean.
