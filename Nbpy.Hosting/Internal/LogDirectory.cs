namespace Nbpy.Hosting.Internal;

/// <summary>A file per resource, turned over at 10 MB; three old ones are kept (<c>NAME.1.log</c> is the youngest). Never throws while it runs: who
/// reads a process's pipe must go on reading, or the process would soon block on its own output. A line that cannot be written (a full
/// disk, a folder that was removed) is left out and counted; the first one is said, and so is how many they were once lines are written again.</summary>
/// <param name="folder">The folder; made anew when it is gone.</param>
/// <param name="say">Where the trouble is said; null: on the console.</param>
internal sealed class LogDirectory(string folder, Action<string>? say = null) : IDisposable
{
    private const long MaxBytes = 10 * 1024 * 1024;
    private const int Kept = 3;
    private readonly Lock gate = new();
    private readonly Action<string> say = say ?? Console.WriteLine;
    private readonly Dictionary<string, StreamWriter> files = [];
    private readonly Dictionary<string, long> leftOut = [];
    private readonly Dictionary<string, long> turnAt = [];
    private bool isClosed;

    /// <summary>Opens it.</summary>
    /// <exception cref="DistributedApplicationException">The folder cannot be made.</exception>
    public static LogDirectory Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new LogDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"The folder {folder} for the logs cannot be made: {e.Message}. Mend it, or name another one.");
        }
    }

    public void Write(string name, string line)
    {
        lock (gate)
        {
            if (isClosed)
                return;
            try
            {
                var file = Reopen(name);
                file.WriteLine(line);
                if (leftOut.Remove(name, out var lines))
                    say($"The log of {name} is written again; {lines:N0} lines are missing in it.");
                if (file.BaseStream.Length is var length && length >= turnAt.GetValueOrDefault(name, MaxBytes))
                    TurnOver(name, length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Close(name);
                leftOut[name] = leftOut.GetValueOrDefault(name) + 1;
                if (leftOut[name] == 1)
                    say($"The log of {name} cannot be written; its lines are left out until it can: {e.Message}");
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (var name in files.Keys.ToList())
                Close(name);
        }
    }

    /// <summary>The open file; made anew when somebody took it away: what is written into a removed file nobody can read.</summary>
    private StreamWriter Reopen(string name)
    {
        if (files.TryGetValue(name, out var file) && File.Exists(FileOf(name, 0)))
            return file;
        Close(name);
        Directory.CreateDirectory(folder);
        return files[name] = new(new FileStream(FileOf(name, 0), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }

    private void TurnOver(string name, long length)
    {
        try
        {
            Close(name);
            for (var i = Kept - 1; i >= 0; i--)
                if (File.Exists(FileOf(name, i)))
                    File.Move(FileOf(name, i), FileOf(name, i + 1), overwrite: true);
            turnAt.Remove(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            turnAt[name] = length + MaxBytes;
            say($"The log of {name} cannot be turned over and goes on growing; tried again 10 MB later: {e.Message}");
        }
    }

    private void Close(string name)
    {
        if (!files.Remove(name, out var file))
            return;
        try
        {
            file.Dispose();
        }
        catch (IOException)
        {
            // What it still held could not be written either: that is what is being said.
        }
    }

    private string FileOf(string name, int age) => Path.Combine(folder, age == 0 ? $"{name}.log" : $"{name}.{age}.log");
}
