package main
import ("os";"os/signal";"runtime/pprof";"syscall")
func init() {
	p := os.Getenv("ZZ_PROF"); if p == "" { return }
	c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() { var f *os.File
		for s := range c { if s == syscall.SIGUSR1 { f, _ = os.Create(p); pprof.StartCPUProfile(f) } else { pprof.StopCPUProfile(); f.Close(); os.WriteFile(p+".done", nil, 0o600) } } }()
}
