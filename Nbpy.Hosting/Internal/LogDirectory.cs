namespace Nbpy.Hosting.Internal;

/// <summary>A file per resource, turned over at 10 MB; three old ones are kept (<c>NAME.1.log</c> is the youngest).</summary>
internal sealed class LogDirectory : IDisposable
{
    private const long MaxBytes = 10 * 1024 * 1024;
    private const int Kept = 3;
    private readonly Lock gate = new();
    private readonly string folder;
    private readonly Dictionary<string, StreamWriter> files = [];

    public LogDirectory(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
    }

    public void Write(string name, string line)
    {
        lock (gate)
        {
            if (!files.TryGetValue(name, out var file))
                files[name] = file = Open(name);
            file.WriteLine(line);
            if (file.BaseStream.Length < MaxBytes)
                return;
            file.Dispose();
            for (var i = Kept - 1; i >= 0; i--)
                if (File.Exists(FileOf(name, i)))
                    File.Move(FileOf(name, i), FileOf(name, i + 1), overwrite: true);
            files[name] = Open(name);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var file in files.Values)
                file.Dispose();
            files.Clear();
        }
    }

    private StreamWriter Open(string name) =>
        new(new FileStream(FileOf(name, 0), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    private string FileOf(string name, int age) => Path.Combine(folder, age == 0 ? $"{name}.log" : $"{name}.{age}.log");
}
