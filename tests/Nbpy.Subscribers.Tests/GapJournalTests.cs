namespace Nbpy.Subscribers.Tests;

public sealed class GapJournalTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), "nbpy-" + Guid.NewGuid().ToString("N"), "s.gaps");

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(path)))
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_loss_that_is_found_again_after_a_kill_keeps_its_time_and_is_counted_once()
    {
        var first = new GapJournal(path, "run1").Add(Range(51, 199, at: 1_000));
        var killed = new GapJournal(path, "run1");
        Assert.Equal((149L, 1_000L), (killed.Lost, Assert.Single(killed.Ranges).AtNs));
        Assert.Null(killed.Add(Range(51, 199, at: 9_000)));
        Assert.Equal(149, killed.Lost);

        // Meanwhile the ring has moved on: the same hole, and a larger one.
        Assert.Equal(first! with { To = 250 }, killed.Add(Range(51, 250, at: 9_000)));
        Assert.Equal(200, killed.Lost);
        Assert.Equal((200L, 1), (new GapJournal(path, "run1").Lost, new GapJournal(path, "run1").Ranges.Count));
    }

    [Fact]
    public void Two_ranges_of_one_instant_have_times_of_their_own()
    {
        var journal = new GapJournal(path, "run1");
        Assert.Equal((1_000L, 1_001L), (journal.Add(Range(1, 2, at: 1_000))!.AtNs, journal.Add(Range(5, 6, at: 1_000))!.AtNs));
    }

    [Fact]
    public void What_the_checkpoint_is_past_is_forgotten_and_stays_counted()
    {
        var journal = new GapJournal(path, "run1");
        journal.Add(Range(1, 10, at: 1));
        journal.Add(Range(20, 29, at: 2));
        journal.Forget(7, 15);
        var next = new GapJournal(path, "run1");
        Assert.Equal((20L, 20UL), (next.Lost, Assert.Single(next.Ranges).From));
        next.Forget(7, 30);
        Assert.Equal((20L, 0), (new GapJournal(path, "run1").Lost, new GapJournal(path, "run1").Ranges.Count));
    }

    [Fact]
    public void Another_run_of_the_system_counts_from_nothing_and_still_knows_the_ranges()
    {
        new GapJournal(path, "run1").Add(Range(1, 10, at: 1));
        var next = new GapJournal(path, "run2");
        Assert.Equal((0L, 1), (next.Lost, next.Ranges.Count));
        Assert.Null(next.Add(Range(1, 10, at: 5)));
    }

    [Fact]
    public void A_line_torn_by_a_kill_costs_itself()
    {
        new GapJournal(path, "run1").Add(Range(1, 10, at: 1));
        File.AppendAllText(path, """{"Reason":"not_in_ring","Epo""");
        Assert.Equal(10, new GapJournal(path, "run1").Lost);
    }

    private static LostRange Range(ulong from, ulong to, long at) => new("not_in_ring", 7, from, to, at, Counted: true);
}
