using LoraBridge.Training.Preflight;

namespace LoraBridge.Tests.Training.Preflight;

public sealed class MachineMemoryTests : IDisposable
{
    private const long Gigabyte = 1L << 30;

    private readonly string _root = Directory.CreateTempSubdirectory("machine-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void OfProcessor_WithoutALimit_IsWhatTheMachineHasAvailable()
    {
        MemoryInfo(6 * Gigabyte);
        Assert.Equal((6 * Gigabyte, "MemAvailable of the machine"), Found());
    }

    [Fact]
    public void OfProcessor_InALimitedGroup_IsTheLimitLessWhatCannotBeGivenBack()
    {
        MemoryInfo(6 * Gigabyte);
        File("proc/self/cgroup", "0::/user/run\n");
        Group("sys/fs/cgroup/user/run", "memory.max", 4 * Gigabyte, "memory.current", 3 * Gigabyte, "anon 5\ninactive_file 1073741824\n");
        Assert.Equal((2 * Gigabyte, "what is left of the control group's limit"), Found());
    }

    [Fact]
    public void OfProcessor_LimitOfAGroupAbove_Counts()
    {
        MemoryInfo(6 * Gigabyte);
        File("proc/self/cgroup", "0::/user/run\n");
        File("sys/fs/cgroup/user/run/memory.max", "max\n");
        File("sys/fs/cgroup/user/run/memory.current", "100\n");
        Group("sys/fs/cgroup/user", "memory.max", 2 * Gigabyte, "memory.current", Gigabyte, "inactive_file 0\n");
        Assert.Equal(Gigabyte, Found().Bytes);
    }

    [Fact]
    public void OfProcessor_LimitOfTheFirstVersion_Counts()
    {
        MemoryInfo(6 * Gigabyte);
        File("proc/self/cgroup", "12:cpu:/x\n5:memory:/docker/1\n");
        // inside a container the group's own folder is not to be seen, and its files lie at the root
        Group("sys/fs/cgroup/memory", "memory.limit_in_bytes", Gigabyte, "memory.usage_in_bytes", 3 * Gigabyte, "total_inactive_file 0\n");
        Assert.Equal(0, Found().Bytes);
    }

    [Fact]
    public void OfProcessor_LimitBeyondTheMachine_IsNone()
    {
        MemoryInfo(6 * Gigabyte);
        File("proc/self/cgroup", "0::/\n");
        Group("sys/fs/cgroup", "memory.max", 9000 * Gigabyte, "memory.current", 0, "");
        Assert.Equal(6 * Gigabyte, Found().Bytes);
    }

    [Fact]
    public void Of_ThisMachine_IsSomething()
    {
        var memory = MachineMemory.Of("cpu");
        Assert.True(memory.Available > 1 << 20);
        Assert.NotEqual("", memory.Source);
    }

    private (long Bytes, string Source) Found()
    {
        var memory = MachineMemory.OfProcessor(_root);
        return (memory.Available!.Value, memory.Source);
    }

    private void MemoryInfo(long available) => File("proc/meminfo", $"MemTotal:       99999999 kB\nMemFree:  1 kB\nMemAvailable:   {available / 1024} kB\n");

    private void Group(string folder, string limit, long bytes, string usage, long used, string statistics)
    {
        File($"{folder}/{limit}", $"{bytes}\n");
        File($"{folder}/{usage}", $"{used}\n");
        File($"{folder}/memory.stat", statistics);
    }

    private void File(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
    }
}
