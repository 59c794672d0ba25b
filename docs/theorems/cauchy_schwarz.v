(* The Cauchy-Schwarz inequality for expectations. *)
(* x = a x' and y = b y' with E‖x'‖² <= 1 and E‖y'‖² <= 1. *)
(* Reference: Cauchy-Schwarz. *)

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

(* The Cauchy-Schwarz inequality for expectations *)
Theorem cauchy_schwarz
  (a : R) (* a, at least √E‖x‖² *)
  (b : R) (* b, at least √E‖y‖² *)
  (norm2_x : R) (* ‖x'‖² *)
  (norm2_y : R) (* ‖y'‖² *)
  (x_dot_y : R) (* ⟨x',y'⟩ *)
  (* range: a, at least √E‖x‖² *)
  (a_sign : 0 <= a)
  (* range: b, at least √E‖y‖² *)
  (b_sign : 0 <= b)
  (* assumed: first: x = a x' with E‖x‖² <= a² *)
  (H_first : norm2_x <= 1)
  (* assumed: second: y = b y' with E‖y‖² <= b² *)
  (H_second : norm2_y <= 1)
  (* squared norm: a squared norm: ‖x' - y'‖² *)
  (H_square : 0 <= norm2_x + norm2_y - 2 * x_dot_y)
  : a * b * x_dot_y <= a * b.
Proof.
  {
  assert (fact_1 : 0 <= 1 - norm2_x).
  { exact (room _ _ H_first). }
  assert (multiplier_1 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= 1 - norm2_y).
  { exact (room _ _ H_second). }
  assert (multiplier_2 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_x + norm2_y - 2 * x_dot_y).
  { exact H_square. }
  assert (multiplier_3 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a * b / 2) * (1 - norm2_x) + (a * b / 2) * (1
      - norm2_y) + (a * b / 2) * (norm2_x + norm2_y - 2 * x_dot_y)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: x' = y' of second moment 1. *)
Theorem cauchy_schwarz_attained
  (a : R) (* a, at least √E‖x‖² *)
  (b : R) (* b, at least √E‖y‖² *)
  (* a, at least √E‖x‖² *)
  (a_sign : 0 <= a)
  (* b, at least √E‖y‖² *)
  (b_sign : 0 <= b)
  : exists norm2_x : R, exists norm2_y : R, exists x_dot_y : R, 
    (* first: x = a x' with E‖x‖² <= a² *) (norm2_x <= 1) /\
    (* second: y = b y' with E‖y‖² <= b² *) (norm2_y <= 1) /\
    (* a squared norm: ‖x' - y'‖² *) (0 <= norm2_x + norm2_y - 2 * x_dot_y) /\
    (* attained *) (a * b * x_dot_y = a * b).
Proof.
  exists (1).
  exists (1).
  exists (1).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions cauchy_schwarz.

Print Assumptions cauchy_schwarz_attained.
