namespace Nbpy.Messaging.Tests;

public sealed class RepairPlanTests
{
    private static readonly (ulong, ulong)[] History = [(10, 100), (20, 50), (15, 30), (40, 7)]; // The clock was set back between the second and the third.

    [Fact]
    public void Within_an_epoch_only_what_is_missing() => Equal(false, [(40, 4, 6)], Make((40, 3), null, (40, 6)));

    [Fact]
    public void A_new_epoch_begins_after_the_rest_of_the_old_one_and_all_in_between_in_the_order_in_which_they_began() =>
        Equal(false, [(20, 46, 50), (15, 1, 30), (40, 1, 6)], Make((20, 45), History, (40, 6)));

    [Fact]
    public void An_epoch_with_a_lower_number_than_the_one_before_is_as_good_as_any() => Equal(false, [(20, 46, 50), (15, 1, 9)], Make((20, 45), History[..3], (15, 9)));

    [Fact]
    public void The_first_message_of_an_epoch_needs_nothing_of_it_and_begins_it() => Equal(false, [(40, 1, 0)], Make((15, 30), History, (40, 0)));

    [Fact]
    public void A_first_start_takes_every_epoch_there_is() =>
        Equal(false, [(10, 1, 100), (20, 1, 50), (15, 1, 30), (40, 1, 6)], Make((0, 0), History, (40, 6)));

    [Fact]
    public void Where_nothing_is_known_of_the_epoch_before_its_end_is_unknown_and_what_is_known_is_fetched()
    {
        Equal(true, [(15, 1, 30), (40, 1, 6)], Make((7, 3), History[2..], (40, 6)));
        Equal(true, [(40, 1, 6)], Make((7, 3), null, (40, 6)));
    }

    [Fact]
    public void In_a_silence_all_up_to_the_newest_there_is()
    {
        Equal(false, [(15, 21, 30), (40, 1, 7)], Make((15, 20), History, null));
        Equal(false, [(40, 3, 7)], Make((40, 2), History, null));
        Equal(false, [], Make((40, 7), History, null));
        Equal(false, [], Make((40, 7), [], null));
    }

    [Fact]
    public void Epochs_that_were_left_behind_are_not_gone_through_again() =>
        Equal(true, [(40, 1, 6)], RepairPlan.Make(7, 3, History[2..], 40, 6, e => e == 15));

    private static RepairPlan Make((ulong Epoch, ulong Last) at, (ulong, ulong)[]? history, (ulong Epoch, ulong To)? target) =>
        RepairPlan.Make(at.Epoch, at.Last, history, target?.Epoch, target?.To ?? 0, _ => false);

    private static void Equal(bool endUnknown, (ulong, ulong, ulong)[] ranges, RepairPlan plan)
    {
        Assert.Equal(ranges, plan.Ranges.Select(r => (r.Epoch, r.From, r.To)));
        Assert.Equal(endUnknown, plan.EndUnknown);
    }
}
