using Microsoft.Extensions.Configuration;
using Nbpy.Hosting;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

/// <summary>One runtime for the choice and for the containers: the one that answers.</summary>
public sealed class ContainerRuntimeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-runtime-").FullName;

    [Fact]
    public void The_one_that_answers_is_taken_and_noted_for_the_host_not_the_first_that_is_there()
    {
        var (silent, answering) = (Program("first", "exit 1"), Program("second", "exit 0"));
        var configuration = new ConfigurationManager();
        Assert.Equal(answering, ContainerRuntime.Find(configuration, silent, answering)!.Name);
        Assert.Equal(answering, configuration["Nbpy:ContainerRuntime"]);
        Assert.Equal(answering, configuration["ASPIRE_CONTAINER_RUNTIME"]);
    }

    [Fact]
    public void Where_one_is_asked_for_no_other_is_tried()
    {
        var configuration = new ConfigurationManager { ["ASPIRE_CONTAINER_RUNTIME"] = Program("asked", "exit 1") };
        Assert.Null(ContainerRuntime.Find(configuration, Program("other", "exit 0")));
    }

    [Fact]
    public void A_container_asked_for_that_cannot_be_had_is_an_error_before_anything_starts()
    {
        var configuration = new ConfigurationManager { ["Nbpy:ContainerRuntime"] = Path.Combine(folder, "none") };
        object Choose() => PartChoice.Make(configuration, "Store", PartMode.Container, "influxdb:1.8", "the embedded store", "http://localhost:8086", isPublish: false);
        Assert.Contains("no container runtime answers", Assert.Throws<DistributedApplicationException>(Choose).Message, StringComparison.Ordinal);

        configuration["Nbpy:ContainerRuntime"] = Program("without-image", "[ \"$1\" = info ]");
        Assert.Contains("neither has the image nor can pull it", Assert.Throws<DistributedApplicationException>(Choose).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pull_shows_how_far_it_is()
    {
        var lines = new List<string>();
        var runtime = new ContainerRuntime(Program("pulling", "echo 'layer 1'; echo 'layer 2' >&2"));
        Assert.True(runtime.Pull("influxdb:1.8", TimeSpan.FromSeconds(10), line =>
        {
            lock (lines)
                lines.Add(line);
        }));
        Assert.Equal(["layer 1", "layer 2"], lines.Order());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Program(string name, string script)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
