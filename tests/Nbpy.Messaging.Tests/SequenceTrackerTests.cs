using Nbpy.Messaging;

namespace Nbpy.Messaging.Tests;

public sealed class SequenceTrackerTests
{
    [Fact]
    public void Consecutive_messages_have_no_gap()
    {
        var tracker = new SequenceTracker();
        for (var i = 1UL; i <= 5; i++)
            Assert.Null(tracker.Observe(7, i));
        Assert.Equal((0, 0, 0, 5UL), (tracker.Gaps, tracker.Missing, tracker.MissedBeforeFirst, tracker.Last));
    }

    [Fact]
    public void A_gap_is_named_with_its_range()
    {
        var tracker = new SequenceTracker();
        tracker.Observe(7, 1);
        Assert.Equal(new SequenceGap(7, 2, 4), tracker.Observe(7, 5));
        Assert.Equal((1, 3), (tracker.Gaps, tracker.Missing));
    }

    [Fact]
    public void What_went_before_a_late_subscriber_is_counted_apart()
    {
        var tracker = new SequenceTracker();
        Assert.Null(tracker.Observe(7, 11));
        Assert.Equal((10, 0), (tracker.MissedBeforeFirst, tracker.Missing));
    }

    [Fact]
    public void A_new_epoch_is_a_restart_and_not_a_gap()
    {
        var tracker = new SequenceTracker();
        tracker.Observe(7, 100);
        Assert.Null(tracker.Observe(8, 1));
        Assert.Equal((1, 0, 99), (tracker.Restarts, tracker.Gaps, tracker.MissedBeforeFirst));
    }

    [Fact]
    public void A_repeat_is_a_duplicate_and_moves_nothing()
    {
        var tracker = new SequenceTracker();
        tracker.Observe(7, 1);
        tracker.Observe(7, 2);
        Assert.Null(tracker.Observe(7, 1));
        Assert.Equal((1, 2UL), (tracker.Duplicates, tracker.Last));
    }
}
