using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Tests;

public sealed class LogDirectoryTests : IDisposable
{
    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("nbpy-logs-").FullName, "logs");
    private readonly List<string> said = [];

    [Fact]
    public void A_folder_that_was_removed_is_made_anew()
    {
        using var logs = new LogDirectory(folder, said.Add);
        logs.Write("one", "first");
        Directory.Delete(folder, recursive: true);
        logs.Write("one", "second");
        Assert.Equal("second\n", File.ReadAllText(Path.Combine(folder, "one.log")));
        Assert.Empty(said);
    }

    [Fact]
    public void Lines_that_cannot_be_written_are_left_out_and_said_once_and_counted_when_it_is_mended()
    {
        File.WriteAllText(folder, "no folder");
        using (var logs = new LogDirectory(folder, said.Add))
        {
            for (var i = 0; i < 100; i++)
                logs.Write("one", "lost");
            Assert.Single(said);
            Assert.Contains("The log of one cannot be written", said[0], StringComparison.Ordinal);
            File.Delete(folder);
            logs.Write("one", "kept");
            logs.Write("one", "and on");
        }

        Assert.Equal("kept\nand on\n", File.ReadAllText(Path.Combine(folder, "one.log")));
        Assert.Equal("The log of one is written again; 100 lines are missing in it.", said[1]);
        Assert.Equal(2, said.Count);
    }

    [Fact]
    public void A_file_that_cannot_be_turned_over_goes_on_and_that_is_said_once()
    {
        using (var logs = new LogDirectory(folder, said.Add))
        {
            Directory.CreateDirectory(Path.Combine(folder, "one.1.log"));
            File.WriteAllText(Path.Combine(folder, "one.1.log", "in the way"), "");
            var line = new string('x', 1 << 20);
            for (var i = 0; i < 12; i++)
                logs.Write("one", line);
        }

        Assert.Single(said);
        Assert.Contains("cannot be turned over", said[0], StringComparison.Ordinal);
        Assert.True(new FileInfo(Path.Combine(folder, "one.log")).Length > 12 << 20);
    }

    [Fact]
    public void A_console_that_is_gone_ends_nobody()
    {
        using var console = new SafeConsole(new Gone());
        console.WriteLine("nobody reads this");
        console.Write('x');
        console.Flush();
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);

    private sealed class Gone : StringWriter
    {
        public override void Write(char value) => throw new IOException("Input/output error");

        public override void WriteLine(string? value) => throw new IOException("Input/output error");

        public override void Flush() => throw new IOException("Input/output error");
    }
}
