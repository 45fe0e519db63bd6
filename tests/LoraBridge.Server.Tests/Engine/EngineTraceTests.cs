using System.Diagnostics;
using LoraBridge.Server.Engine;

namespace LoraBridge.Server.Tests.Engine;

public sealed class EngineTraceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trace-").FullName;

    private string Trace => Path.Combine(_folder, "engine.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Clear_RemovesTheSocketsFolder_AndEndsAnEngineThatIsStillThere()
    {
        var sockets = Directory.CreateDirectory(Path.Combine(_folder, "lorabridge-abc")).FullName;
        File.WriteAllText(Path.Combine(sockets, "a.sock"), "");
        EngineTrace.Write(Trace, sockets);
        // called as an engine is, but deaf to the end of its standard input; and a bystander
        using var orphan = Deaf(Path.Combine(sockets, "a.sock"));
        using var bystander = Deaf("/elsewhere/a.sock");
        try
        {
            Assert.Equal(1, EngineTrace.Clear(Trace));
            Assert.True(orphan.WaitForExit(5000));
            Assert.False(bystander.HasExited);
            Assert.False(Directory.Exists(sockets));
            Assert.False(File.Exists(Trace));
            Assert.Equal(0, EngineTrace.Clear(Trace));
        }
        finally
        {
            bystander.Kill(entireProcessTree: true);
            orphan.Kill(entireProcessTree: true);
        }
    }

    // it waits without another process, which for a moment would be called as it is
    private static Process Deaf(string socket) => Process.Start(new ProcessStartInfo("bash", ["-c", "read -r", "engine", "--socket", socket]) { RedirectStandardInput = true })!;

    [Theory]
    [InlineData("precious")]
    [InlineData("lorabridge-precious")]
    public void Clear_OfADamagedTrace_RemovesNothingElse(string name)
    {
        var precious = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(precious, "picture.png"), "");
        EngineTrace.Write(Trace, precious);
        EngineTrace.Clear(Trace);
        Assert.True(File.Exists(Path.Combine(precious, "picture.png")));
    }
}
