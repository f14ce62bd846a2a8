using Nbpy.EmbeddedInflux.Backup;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>A backup taken while points are written is whole, and a restored directory answers alike.</summary>
public class BackupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_stored_before_a_backup_is_there_after_its_restore()
    {
        var target = Path.Combine(Path.GetTempPath(), "nbpy-restore-" + Guid.NewGuid().ToString("N"));
        try
        {
            string[] expected;
            byte[] archive;
            string[] statements =
            [
                "SELECT count(bid), sum(bid) FROM tick", "SHOW RETENTION POLICIES", "SHOW SERIES", "SHOW USERS", "SHOW CONTINUOUS QUERIES",
            ];
            await using (var server = await ServerProcess.StartAsync())
            {
                await server.QueryAsync("CREATE DATABASE db; CREATE USER u WITH PASSWORD 'p'; CREATE RETENTION POLICY p ON db DURATION 90d REPLICATION 1");
                await server.QueryAsync("CREATE CONTINUOUS QUERY c ON db BEGIN SELECT mean(bid) INTO x FROM tick GROUP BY time(1h) END");
                await server.WriteAsync("db=db", new StringContent(QueryContractTests.Points()));
                expected = await Task.WhenAll(statements.Select(server.QueryAsync));
                using var stop = new CancellationTokenSource();
                var writer = Task.Run(async () =>
                {
                    while (!stop.IsCancellationRequested)
                        Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent("later v=1")));
                }, Cancel);
                using var answer = await server.Http.PostAsync("/nbpy/backup", null, Cancel);
                archive = await answer.Content.ReadAsByteArrayAsync(Cancel);
                await stop.CancelAsync();
                await writer;
                Assert.Equal(200, (int)answer.StatusCode);
                Assert.Empty(Directory.EnumerateDirectories(server.DataDirectory, "snapshot-*"));
            }

            await Assert.ThrowsAsync<InvalidDataException>(() => RestoreAsync(archive[..(archive.Length / 2)], target));
            Assert.False(Directory.Exists(target));
            var flipped = (byte[])archive.Clone();
            flipped[archive.Length / 3] ^= 1;
            await Assert.ThrowsAsync<InvalidDataException>(() => RestoreAsync(flipped, target));
            Assert.False(Directory.Exists(target));
            await RestoreAsync(archive, target);
            await Assert.ThrowsAsync<IOException>(() => RestoreAsync(archive, target));
            await using var restored = await ServerProcess.StartAsync(directory: target);
            foreach (var (statement, before) in statements.Zip(expected))
            {
                var after = await restored.QueryAsync(statement);
                Assert.Equal(before, statement == "SHOW SERIES" ? after.Replace(",[\"later\"]", "", StringComparison.Ordinal).Replace("[\"later\"],", "", StringComparison.Ordinal) : after);
            }
        }
        finally
        {
            if (Directory.Exists(target))
                Directory.Delete(target, true);
        }
    }

    [Fact]
    public async Task A_backup_needs_an_administrator_where_users_sign_in()
    {
        await using var server = await ServerProcess.StartAsync(auth: true);
        await server.QueryAsync("CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES");
        Assert.Equal(401, (int)(await server.Http.PostAsync("/nbpy/backup", null, Cancel)).StatusCode);
        await server.Http.PostAsync("/query?u=root&p=root&q=" + Uri.EscapeDataString("CREATE USER x WITH PASSWORD 'x'"), null, Cancel);
        Assert.Equal(403, (int)(await server.Http.PostAsync("/nbpy/backup?u=x&p=x", null, Cancel)).StatusCode);
        Assert.Equal(200, (int)(await server.Http.PostAsync("/nbpy/backup?u=root&p=root", null, Cancel)).StatusCode);
    }

    private static async Task RestoreAsync(byte[] archive, string target)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, archive, Cancel);
            await Restore.RunAsync(file, target, Cancel);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
