using System.Diagnostics;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Tests;

/// <summary>A process of the host by itself.</summary>
public sealed class RunningProcessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-process-").FullName;

    [Fact]
    public async Task One_that_has_ended_and_was_let_go_meanwhile_can_be_told_to_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/true"), "The test starts /bin/true.");
        using var guardian = Guardian.Start();
        using var logs = LogDirectory.Open(folder);
        var context = new RunnerContext(null!, new ResourceLoggerService(), null!, null!, null!, null!, null!, TimeProvider.System, guardian, logs, null!);
        var process = RunningProcess.Start("short", new ProcessStartInfo("/bin/true"), context);
        Assert.Equal(0, await process.Exit.WaitAsync(TestHost.Limit, TestContext.Current.CancellationToken));
        process.Dispose();
        process.Terminate();
        process.Kill();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
