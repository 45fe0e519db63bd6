using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Commands;

/// <summary>The launcher's copies of the program's help; LORABRIDGE_APPROVE=1 writes them anew.</summary>
internal static class LauncherHelp
{
    public static void Matches(string name, string help)
    {
        var path = Path.Combine(LauncherScript.Root, "src", "LoraBridge.Server", "Launcher", "help", name + ".txt");
        if (Environment.GetEnvironmentVariable("LORABRIDGE_APPROVE") == "1") File.WriteAllText(path, help);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == help, $"{path} is not the help of '{name}'. Run this test with LORABRIDGE_APPROVE=1 and commit the file.");
    }
}
