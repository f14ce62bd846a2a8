using System.Globalization;
using Nbpy.EmbeddedInflux.Storage;

namespace Nbpy.EmbeddedInflux.Tests.Storage;

public sealed class ShardGroupTests : StoreFixture
{
    private const long Day = 86_400_000_000_000;
    [Fact]
    public async Task Groups_of_a_week_begin_on_mondays_and_are_made_by_writes()
    {
        Assert.Empty(Store.ShardGroups("db"));
        // 1970 began on a Thursday.
        await Write("m a=1 0", "m a=1 1", $"m a=1 {4 * Day - 1}", $"m a=1 {4 * Day}", "m a=1 -9223372036854775806", "m a=1 9223372036854775806");
        Assert.Equal(
            [
                "3 1677-09-21T00:12:43 1677-09-27T00:00:00", "1 1969-12-29T00:00:00 1970-01-05T00:00:00",
                "2 1970-01-05T00:00:00 1970-01-12T00:00:00", "4 2262-04-07T00:00:00 2262-04-11T23:47:16",
            ],
            Shown());
    }

    [Fact]
    public async Task Groups_and_their_numbers_survive_a_restart_and_a_number_is_not_given_twice()
    {
        await Write("m a=1 0", $"m a=1 {30 * Day}");
        var before = Shown();
        Reopen();
        Assert.Equal(before, Shown());
        await Store.DropShardGroupAsync(2, TestContext.Current.CancellationToken);
        Reopen();
        await Write($"m a=1 {30 * Day}");
        Assert.Equal([1L, 3L], Store.ShardGroups("db").Select(s => s.Id));
        Store.DropDatabase("db");
        Store.CreateDatabase("db");
        Reopen();
        Assert.Empty(Store.ShardGroups("db"));
        await Write("m a=1 0");
        Assert.Equal([4L], Store.ShardGroups("db").Select(s => s.Id));
    }

    [Fact]
    public async Task A_dropped_group_takes_its_points_along_and_no_others()
    {
        await Write("m a=1 0", $"m a=2 {30 * Day}", "n a=3 5");
        await Store.DropShardGroupAsync(99, TestContext.Current.CancellationToken);
        await Store.DropShardGroupAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(["m"], Store.Measurements("db", null).Select(m => m.Schema.Name));
        Assert.Equal(1, await CountAsync());
        Assert.Equal([2L], Store.ShardGroups("db").Select(s => s.Id));
        await Write("m a=1 0");
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Retention_goes_by_the_groups_as_they_were_made()
    {
        var policy = new RetentionPolicy("p", TimeSpan.Zero, TimeSpan.FromDays(7), 1, true);
        Store.PutRetentionPolicy("db", policy);
        var now = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;
        await Write(string.Create(CultureInfo.InvariantCulture, $"m a=1 {now - 20 * Day}"), string.Create(CultureInfo.InvariantCulture, $"m a=2 {now}"));
        Store.PutRetentionPolicy("db", policy with { Duration = TimeSpan.FromDays(10), ShardGroupDuration = TimeSpan.FromHours(1) });
        await Store.EnforceRetentionAsync(TestContext.Current.CancellationToken);
        Assert.Equal([2L], Store.ShardGroups("db").Select(s => s.Id));
        Assert.Equal(1, await CountAsync());
        Assert.Equal(TimeSpan.FromDays(10), Store.ShardGroups("db").Select(s => s.Expiry - s.End).Single());
    }

    [Fact]
    public async Task The_file_s_bytes_are_shared_out_by_the_values_that_each_group_has()
    {
        await Write([.. Enumerable.Range(0, 3_000).Select(i => $"m a={i} {i}"), .. Enumerable.Range(0, 1_000).Select(i => $"m a={i} {30 * Day + i}")]);
        var bytes = await Store.ShardBytesAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1L, 2L], bytes.Keys.Order());
        Assert.InRange(bytes[1], bytes[2] * 3, bytes[2] * 3 + 3);
        Assert.True(bytes.Values.Sum() > 8_000, $"{bytes.Values.Sum()}");
    }

    [Fact]
    public void A_new_database_has_no_policy_where_none_is_wanted()
    {
        Store.Dispose();
        Store = new Store(new StoreOptions { DataDirectory = Folder, RetentionAutoCreate = false }, TimeProvider.System);
        Store.CreateDatabase("bare");
        Assert.Empty(Store.RetentionPolicies("bare"));
        Assert.Equal(["autogen"], Store.RetentionPolicies("db").Select(p => p.Name));
    }

    private IEnumerable<string> Shown() => [.. Store.ShardGroups("db").Select(s =>
        string.Create(CultureInfo.InvariantCulture, $"{s.Id} {s.Start:yyyy-MM-dd'T'HH:mm:ss} {s.End:yyyy-MM-dd'T'HH:mm:ss}"))];

    private Task Write(params string[] lines) => base.Write(string.Join('\n', lines));

    private Task<long> CountAsync() => Store.ReadAsync(async connection =>
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT " + string.Join(" + ", Store.Measurements("db", null).Select(m => $"(SELECT count(*) FROM {m.Schema.Table})"));
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }, TestContext.Current.CancellationToken);
}
