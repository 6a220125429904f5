package main
import ("testing";"context";"encoding/json";"fmt";"os";"slices";"syscall";"time";"runtime/pprof")
func cpu(p int) time.Duration { var r syscall.Rusage; syscall.Getrusage(p, &r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func attach(t *testing.T, b *bench, f *folder, prof string) {
	ctx := context.Background()
	tl, _ := b.built(ctx)
	p, err := startProvider(ctx, map[bool]string{true: tl.empty, false: tl.ours}[prof=="/tmp/pempty"], append(slices.Clone(f.env), "ZZ_PROF="+prof, "TF_LOG_SDK=off", "TF_LOG_SDK_FRAMEWORK=off", "TF_LOG_PROVIDER=off", "GOGC="+os.Getenv("GG"))); if err != nil { t.Fatal(err) }
	a, _ := json.Marshal(map[string]any{map[bool]string{true:"opensearch-ccr/empty",false:"opensearch-ccr/opensearch"}[prof=="/tmp/pempty"]: map[string]any{"Protocol": "grpc", "ProtocolVersion": 6, "Pid": p.cmd.Process.Pid, "Test": true, "Addr": map[string]string{"Network": "unix", "String": p.address}}})
	at := &folder{dir: f.dir, env: append(slices.Clone(f.env), "TF_REATTACH_PROVIDERS="+string(a))}
	at.planEmpty(ctx)
	p.cmd.Process.Signal(syscall.SIGUSR1)
	time.Sleep(100*time.Millisecond)
	own, kids := cpu(syscall.RUSAGE_SELF), cpu(syscall.RUSAGE_CHILDREN)
	pf, _ := os.Create(prof+".server"); pprof.StartCPUProfile(pf)
	before := cpuOf(p.cmd.Process.Pid)
	n := 5
	took := time.Duration(0)
	for range n { d, err := at.planEmpty(ctx); if err != nil { t.Fatal(err) }; took += d }
	pprof.StopCPUProfile(); pf.Close()
	fmt.Printf("plan %v; server cpu %v, terraform cpu %v, provider cpu %v\n", took/time.Duration(n), (cpu(syscall.RUSAGE_SELF)-own)/time.Duration(n), (cpu(syscall.RUSAGE_CHILDREN)-kids)/time.Duration(n), (cpuOf(p.cmd.Process.Pid)-before)/time.Duration(n))
	p.cmd.Process.Signal(syscall.SIGUSR2)
	for range 50 { if _, err := os.Stat(prof+".done"); err == nil { break }; time.Sleep(50*time.Millisecond) }
	os.Remove(prof+".done")
	p.end()
}
func cpuOf(pid int) time.Duration { raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); var s string; var n int64; var u, k int64
	i := slices.Index(raw, ')'); fmt.Sscanf(string(raw[i+2:]), "%s %d %d %d %d %d %d %d %d %d %d %d %d", &s, &n,&n,&n,&n,&n,&n,&n,&n,&n,&n, &u, &k); return time.Duration(u+k)*10*time.Millisecond }
func TestProf(t *testing.T) {
	ctx := context.Background(); b := &bench{}; defer b.close()
	if os.Getenv("WHAT") != "repl" {
	f, err := b.follower(ctx, 1); if err != nil { t.Fatal(err) }
	attach(t, b, f.folder, "/tmp/p1")
	f, err = b.follower(ctx, 10000); if err != nil { t.Fatal(err) }
	attach(t, b, f.folder, "/tmp/p10k")
	return }
	r, err := b.manyInSync(ctx); if err != nil { t.Fatal(err) }
	attach(t, b, r.folder, "/tmp/prepl")
	if _, _, err := b.replicationsTime(ctx, 0); err != nil { t.Fatal(err) }
	attach(t, b, b.things, "/tmp/pempty")
}
