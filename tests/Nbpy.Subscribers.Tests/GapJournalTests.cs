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
        Add(new GapJournal(path, "run1"), Range(51, 199, at: 1_000));
        var killed = new GapJournal(path, "run1");
        Assert.Equal((149L, 1_000L), (killed.Lost, Assert.Single(killed.Ranges).AtNs));
        Assert.Empty(Add(killed, Range(51, 199, at: 9_000)));
        Assert.Equal(149, killed.Lost);

        // Meanwhile the ring has moved on, and the checkpoint was an older one: the same hole, and a larger one.
        Assert.Equal([Range(40, 50, at: 9_000), Range(200, 250, at: 9_001)], Add(killed, Range(40, 250, at: 9_000)));
        Assert.Empty(Add(killed, Range(60, 240, at: 9_500)));
        Assert.Equal(211, killed.Lost);
        Assert.Equal((211L, 3), (new GapJournal(path, "run1").Lost, new GapJournal(path, "run1").Ranges.Count));
    }

    [Fact]
    public void An_end_that_is_not_known_is_noted_once_and_is_no_part_of_what_is_lost()
    {
        var journal = new GapJournal(path, "run1");
        Add(journal, Range(1, 10, at: 1_000));
        Assert.Single(Add(journal, Range(31, 30, at: 2_000)));
        Assert.Empty(Add(journal, Range(31, 30, at: 3_000)));
        Assert.Equal([Range(25, 40, at: 4_000)], Add(journal, Range(25, 40, at: 4_000)));
        Assert.Equal(26, journal.Lost);
    }

    [Fact]
    public void Two_ranges_of_one_instant_have_times_of_their_own()
    {
        var journal = new GapJournal(path, "run1");
        Assert.Equal((1_000L, 1_001L), (Add(journal, Range(1, 2, at: 1_000))[0].AtNs, Add(journal, Range(5, 6, at: 1_000))[0].AtNs));
    }

    [Fact]
    public void What_the_checkpoint_is_past_is_forgotten_and_stays_counted()
    {
        var journal = new GapJournal(path, "run1");
        Add(journal, Range(1, 10, at: 1));
        Add(journal, Range(20, 29, at: 2));
        journal.Forget(7, 15);
        var next = new GapJournal(path, "run1");
        Assert.Equal((20L, 20UL), (next.Lost, Assert.Single(next.Ranges).From));
        next.Forget(7, 30);
        Assert.Equal((20L, 0), (new GapJournal(path, "run1").Lost, new GapJournal(path, "run1").Ranges.Count));
    }

    [Fact]
    public void Another_run_of_the_system_counts_from_nothing_and_still_knows_the_ranges()
    {
        Add(new GapJournal(path, "run1"), Range(1, 10, at: 1));
        var next = new GapJournal(path, "run2");
        Assert.Equal((0L, 1), (next.Lost, next.Ranges.Count));
        Assert.Empty(Add(next, Range(1, 10, at: 5)));
    }

    [Fact]
    public void A_line_torn_by_a_kill_costs_itself()
    {
        Add(new GapJournal(path, "run1"), Range(1, 10, at: 1));
        File.AppendAllText(path, """{"Reason":"not_in_ring","Epo""");
        var next = new GapJournal(path, "run1");
        Assert.Equal(10, next.Lost);
        Add(next, Range(21, 25, at: 2));
        Assert.Equal(15, new GapJournal(path, "run1").Lost);
    }

    private static IReadOnlyList<LostRange> Add(GapJournal journal, LostRange range)
    {
        var added = journal.Add(range);
        journal.Save();
        return added;
    }

    private static LostRange Range(ulong from, ulong to, long at) => new("not_in_ring", 7, from, to, at, Counted: true);
}
