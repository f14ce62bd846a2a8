using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>A disk that fills up and has room again, on a file system of 48 MB in memory.</summary>
public class DiskFullTests
{
    [Fact]
    public async Task A_full_disk_is_an_error_to_the_writer_and_nothing_acknowledged_is_lost_by_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var disk = Directory.CreateTempSubdirectory("nbpy-disk-").FullName;
        var mount = Tool.Find("mount");
        if (mount is null || (await Tool.RunAsync(mount, null, "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk)).ExitCode != 0)
        {
            Directory.Delete(disk);
            Assert.Skip("a file system in memory cannot be mounted: that needs root");
        }

        try
        {
            await using var server = await ServerProcess.StartAsync(directory: Path.Combine(disk, "data"));
            await server.QueryAsync("CREATE DATABASE db");
            var ballast = Path.Combine(disk, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[25 << 20], cancellation);

            var acknowledged = 0;
            (int Status, string Body) answer = (204, "");
            for (var batch = 0; batch < 10_000 && answer.Status == 204; batch++)
            {
                answer = await server.WriteAsync("db=db", new StringContent(Lines(batch)));
                acknowledged += answer.Status == 204 ? 50 : 0;
            }

            Assert.Equal(500, answer.Status);
            Assert.Contains("No space left on device", answer.Body, StringComparison.Ordinal);
            using (var ping = await server.Http.GetAsync("/ping", cancellation))
                Assert.Equal(204, (int)ping.StatusCode);

            File.Delete(ballast);
            Assert.Equal((204, ""), await server.WriteAsync("db=db", new StringContent("full v=1i 1")));
            acknowledged++;
            var count = $"[0,{acknowledged.ToString(CultureInfo.InvariantCulture)}]";
            Assert.Contains(count, await server.QueryAsync("SELECT count(v) FROM \"full\""), StringComparison.Ordinal);
            await server.KillAndRestartAsync();
            Assert.Contains(count, await server.QueryAsync("SELECT count(v) FROM \"full\""), StringComparison.Ordinal);
        }
        finally
        {
            await Tool.RunAsync(Tool.Find("umount") ?? "umount", null, "--lazy", disk);
            Directory.Delete(disk, true);
        }
    }

    // Text that does not compress.
    private static string Lines(int batch)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 50; i++)
            lines.Append(CultureInfo.InvariantCulture, $"full,host={i} v={i}i,s=\"{Convert.ToHexString(RandomNumberGenerator.GetBytes(200))}\" {batch * 50 + i + 2}\n");
        return lines.ToString();
    }
}
