using Nbpy.Tests.Shared;

namespace Nbpy.Containers.Tests.Hosting;

/// <summary>A Docker engine and a tiny image of this machine's busybox: a shell, and a server that answers HTTP.</summary>
public sealed class BoxImage : IAsyncLifetime
{
    public const string Name = "nbpy-hosting-test/box";
    public const string Tag = "1";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private string? missing;
    private FileStream? addresses;

    public string Folder { get; } = Directory.CreateTempSubdirectory("nbpy-box-").FullName;

    /// <summary>Skips the test where there is no engine, by name of what is missing.</summary>
    public void SkipWithoutEngine() => Assert.SkipWhen(missing is not null, missing ?? "");

    public async ValueTask InitializeAsync()
    {
        foreach (var program in (string[])["docker", "busybox"])
            if (Shell.Find(program) is null)
                missing ??= $"{program} is not installed.";
        if (missing is null && (await Shell.RunAsync(Shell.Root, TimeSpan.FromSeconds(20), "docker", "info")).ExitCode != 0)
            missing = "No Docker engine answers (docker info).";
        if (missing is not null)
            return;
        var bin = Directory.CreateDirectory(Path.Combine(Folder, "root", "bin")).FullName;
        File.Copy(Shell.Find("busybox")!, Path.Combine(bin, "busybox"));
        foreach (var applet in (string[])["sh", "sleep", "cat", "httpd", "wget", "mkdir", "touch", "ls"])
            File.CreateSymbolicLink(Path.Combine(bin, applet), "busybox");
        await File.WriteAllTextAsync(Path.Combine(Folder, "root", "index.html"), "box\n");
        foreach (var library in (await Shell.RunAsync(Folder, Limit, "ldd", Path.Combine(bin, "busybox"))).Output.Split([' ', '\t', '\n']).Where(w => w.StartsWith('/')))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, "root", library[1..]))!);
            File.Copy(library, Path.Combine(Folder, "root", library[1..]));
        }

        await File.WriteAllTextAsync(Path.Combine(Folder, "Dockerfile"), "FROM scratch\nCOPY root /\nENV PATH=/bin\nENTRYPOINT [\"/bin/sh\", \"-c\"]\n");
        await Shell.MustAsync(Folder, Limit, "docker", "build", "--quiet", "--tag", $"{Name}:{Tag}", Folder);
        addresses = await MachineLock.ChangeAddressesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (missing is null)
            await Shell.RunAsync(Shell.Root, Limit, "docker", "image", "rm", "--force", $"{Name}:{Tag}");
        if (addresses is not null)
            await addresses.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
